"""What a backtest needs from outside: candles, rules, a strategy and accounts, as asked for."""
