"""The bundled cluster, served as a live one."""

import json

import pytest
import yaml

import rbacgraph
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.load_live import load_live
from tests.live.api import Api
from tests.live.server import AT_ONCE, serving


@pytest.fixture(scope="session")
def shop_objects(root):
    """Return every object of the bundled cluster, anew each time."""

    folder = root / "fixtures" / "clusters" / "shop"
    values = [
        value
        for path in sorted(folder.glob("*.yaml"))
        for value in yaml.safe_load_all(path.read_text())
        if value
    ]
    text = json.dumps(values, default=str)
    return lambda: json.loads(text)


@pytest.fixture
def live(tmp_path):
    """Serve an API, and load it: gives the snapshot, without any real waiting."""

    def load(api, **settings):
        settings.setdefault("qps", 10_000)
        with serving(api, tmp_path) as running:
            wanted = Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE, **settings)
            return load_live(wanted)

    return load


@pytest.fixture
def shop(shop_objects):
    """The bundled cluster as the API shows it."""
    return Api(shop_objects())


@pytest.fixture
def from_files(root):
    """The bundled cluster as files show it: nothing is assumed that a server would list."""
    return rbacgraph.load(root / "fixtures" / "clusters" / "shop", bootstrap=False)
