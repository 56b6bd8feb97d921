"""The arithmetic of results: what closed trades and an equity curve say of an account."""
