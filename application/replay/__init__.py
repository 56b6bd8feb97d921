"""The replay: candles in memory through the accounts, which are asked only where something can
change. The account is the one that trades; there is no other simulator.
"""
