from rbacgraph.facts.bindings.index import Index


def test_nodes_of_some_kinds_are_found_in_blocks_and_beside_them():
    index = Index()
    index.number(("user", "", "a"))
    index.block("pod", [("pod", "x", "p"), ("pod", "x", "q")])
    index.number(("group", "", "g"))
    index.block("secret", [("secret", "x", "s")])
    index.number(("user", "", "b"))
    for kinds in ({"user"}, {"pod", "user"}, {"secret", "group"}, {"node"}):
        found = [n for n, node in enumerate(index.nodes) if node[0] in kinds]
        assert index.of_kinds(kinds) == found
