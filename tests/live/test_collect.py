"""A live cluster shows what its dump shows."""

from rbacgraph.sources import load


def test_the_same_objects_as_from_files(live, shop, root):
    found = live(shop)
    wanted = load(root / "fixtures" / "clusters" / "shop")
    for field in ("roles", "cluster_roles", "role_bindings", "pods", "workloads", "nodes"):
        there = sorted((o.metadata.namespace, o.metadata.name) for o in getattr(found, field))
        assert there == sorted(
            (o.metadata.namespace, o.metadata.name) for o in getattr(wanted, field)
        )
