"""The command line and the long-running jobs, thin."""
