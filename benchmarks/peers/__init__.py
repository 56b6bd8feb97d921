"""The same works done by Papertape and by what else pip can install, side by side."""
