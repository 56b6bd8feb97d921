"""Lives of an account side by side: the recorded one, and those that might have been."""
