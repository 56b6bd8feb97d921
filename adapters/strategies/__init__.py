"""Where strategies come from, and the code that the tape keeps of them."""
