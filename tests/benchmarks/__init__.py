"""The yardsticks do what they say."""
