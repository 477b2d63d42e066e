"""Loading leaves the process as it was, and opens nothing that it does not need."""

import gc
import io
import subprocess
import sys

import pytest

from rbacgraph.errors import InputError
from rbacgraph.sources.load import load

NAMESPACE = b"{apiVersion: v1, kind: Namespace, metadata: {name: shop}}"


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_as_it_was(enabled, tmp_path):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        load(io.BytesIO(NAMESPACE))
        assert gc.isenabled() is enabled
        with pytest.raises(InputError):
            load(tmp_path / "gone")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_heavy_libraries_are_opened_where_they_are_used(tmp_path, root):
    """A JSON dump needs no YAML parser; nothing here needs numpy."""
    path = tmp_path / "x.json"
    path.write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}')
    script = (
        "import sys; from rbacgraph.sources.load import load; assert load(sys.argv[1]).namespaces;"
        "print(*sys.modules)"
    )
    run = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert not modules & {"yaml", "yaml_rs", "zstandard", "gzip", "numpy", "pandas", "networkx"}
    assert "msgspec" in modules


def test_the_same_input_gives_the_same_snapshot():
    first, second = (load(io.BytesIO(NAMESPACE)) for _ in range(2))
    assert first == second
    assert repr(first) == repr(second)
