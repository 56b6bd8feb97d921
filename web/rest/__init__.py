"""REST lists and details: a route parses, asks one query and returns its rows."""
