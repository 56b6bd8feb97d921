"""vectorbt with its Rust core, wherever that takes what it is given."""

from benchmarks.peers.peer_vectorbt import main

if __name__ == "__main__":
    main("auto")
