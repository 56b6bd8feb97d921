"""The web layer: REST, the order feed and the page, over the read models."""
