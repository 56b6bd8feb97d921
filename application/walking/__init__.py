"""Walk-forward: parameters chosen on one stretch of time are traded on the next."""
