"""The paper account: the facts of its life, the state they add up to, and what it decides."""
