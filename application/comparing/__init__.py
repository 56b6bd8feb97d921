"""A paper account against a backtest of the same time: which trades differ, and why."""
