"""REST, order feed and pages."""
