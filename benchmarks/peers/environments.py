"""An environment for each peer, outside the project: `$PEERS`, else `~/.cache/papertape-peers`.

    python -m benchmarks.peers.environments [NAME ...]

A peer that cannot be installed is told of, and the others are made.
"""

import os
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "vectorbt": ("vectorbt[rust]", "pyarrow"),
    "backtesting": ("backtesting", "pyarrow"),
    "backtrader": ("backtrader", "pandas", "pyarrow"),
    "jesse": ("jesse", "pyarrow<20"),  # later ones refuse its numpy
    "freqtrade": ("freqtrade", "pyarrow"),
    "nautilus": ("nautilus_trader", "pyarrow"),
}


def main() -> None:
    """Make those that are named, or all; exit status 1 if one cannot be."""
    asked = sys.argv[1:] or list(PACKAGES)
    failed = [name for name in asked if not _made(name)]
    sys.exit(1 if failed else 0)


def home() -> Path:
    """The folder of all environments."""
    return Path(os.environ.get("PEERS") or Path.home() / ".cache" / "papertape-peers")


def python_of(name: str) -> Path:
    """A peer's interpreter."""
    return home() / name / "bin" / "python"


def is_ready(name: str) -> bool:
    """Whether a peer's environment was made to its end."""
    return (home() / name / ".ready").exists()


def _made(name: str) -> bool:
    if is_ready(name):
        print(f"{name}: there already")
        return True
    print(f"{name}: installing", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(home() / name)], check=True)
    pip = [str(python_of(name)), "-m", "pip", "install", "--quiet", *PACKAGES[name]]
    done = subprocess.run(pip, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{name}: cannot be installed: {_reason(done.stderr)}")
        return False
    (home() / name / ".ready").touch()
    return True


def _reason(errors: str) -> str:
    lines = [line for line in errors.splitlines() if "error" in line.lower()]
    return lines[-1].strip() if lines else "pip does not say why"


if __name__ == "__main__":
    main()
