"""Serves the objects of a file over TLS, in a process of its own: ``api.py FILE FOLDER``.

It writes a kubeconfig into the folder when it is ready, and serves until it is killed.
"""

import json
import sys
import time
from pathlib import Path

from tests.live.api import GROUPED, USUAL, Api
from tests.live.server import serving


def main(path: str, folder: str) -> None:
    """Serve what the collector reads."""
    values = json.loads(Path(path).read_bytes())["items"]
    known = [value for value in values if value["kind"] in GROUPED]
    api = Api(known, groups=USUAL)
    with serving(api, Path(folder)) as running:
        Path(folder, "ready").write_text(running.kubeconfig)
        time.sleep(3600)


if __name__ == "__main__":
    main(*sys.argv[1:])
