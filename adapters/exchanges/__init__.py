"""Public market data of exchanges: any that ccxt knows, and the sandbox exchange."""
