"""Writing files that people edit.

Rule: a file is replaced whole or not at all, and keeps its mode; through a link, what the
link names.
"""

import os
import tempfile
from pathlib import Path


def replace_content(path: Path, content: str) -> None:
    """As UTF-8, line ends as they are in `content`. Raises OSError, and then nothing changed."""
    path = path.resolve(strict=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode())
        beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
