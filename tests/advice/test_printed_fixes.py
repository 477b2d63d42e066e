"""What is printed, applied to the text of the input and read again, brings nothing into being."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap

from rbacgraph.model.changes.statement import Say
from rbacgraph.model.node import (
    IMPERSONATED_ROLE_BINDING,
    ROLE_BINDING,
    format_node,
    is_named,
    named_node,
)
from rbacgraph.query.access.full_control import full_control
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.certain_and_possible import spreads
from rbacgraph.report.answer_formats import question_of
from rbacgraph.report.answers.risks import alone_words
from rbacgraph.report.documents.as_json import json_text
from rbacgraph.techniques.spec.collections import COLLECTIONS
from tests.advice.applied_by_hand import applied_by_hand, loaded
from tests.advice.wild_clusters import wild_objects
from tests.worlds import another, law

FULL = "full control"
PARTED = {one.kind for one in COLLECTIONS}
"""Nodes of several objects, which changes part: each of the objects has its own node."""


class Reached:
    """Who reaches each node, and full control: for certain, and at all; by printed names."""

    def __init__(self, graph):
        names = [
            format_node(named_node(one)) if is_named(one) and one[0] not in PARTED else ""
            for one in graph.nodes
        ]
        self.members = {
            names[group]: {names[one] for one in members}
            for group, members in graph.membership.members.items()
        }
        principals = graph.principals
        self.folded = {names[one.principal] for one in principals.folded}
        found = spreads(graph, principals, PathFilter())
        every = np.arange(len(names))
        full = np.array(full_control(graph), dtype=np.int64)
        self.sets = []
        for certain, numbers in zip((True, False), found.reaching(every), strict=True):
            by_name = {}
            for name, number in zip(names, numbers.tolist(), strict=True):
                if name:
                    by_name[name] = by_name.get(name, BitMap()) | found.sets[number]
            by_name[FULL] = found.sets[found.reaching_any(full, certain=certain)]
            self.sets.append(
                {end: {names[one] for one in who} for end, who in by_name.items() if who}
            )

    def with_members(self, who, members):
        """Return principals with the members of their groups, and of those that are not shown."""
        groups = (who | self.folded) & members.keys()
        return who.union(*(members[one] for one in groups))


def gains(before, after):
    """Yield each principal that reaches what it did not before, or not for certain."""
    members = {
        group: before.members.get(group, set()) | after.members.get(group, set())
        for group in before.members.keys() | after.members.keys()
    }
    for certain, old, new in zip((True, False), before.sets, after.sets, strict=True):
        for end, who in new.items():
            # full control reaches what only the changed cluster names
            known = before.with_members(old.get(end, set()) | old.get(FULL, set()), members)
            for one in sorted(who - known - {end}):
                yield one, end, certain


def no_number_is_negative(answer):
    assert not re.search(r"[(+-]-\d", str(answer))
    todo = [json.loads(json_text(question_of(answer.result).document(answer.result)))]
    while todo:
        value = todo.pop()
        if isinstance(value, dict | list):
            todo += value.values() if isinstance(value, dict) else value
        else:
            assert not isinstance(value, int) or value >= 0


def holds_after(cluster, objects, answer):
    """Hold an answer against the input with what it prints; return that."""
    no_number_is_negative(answer)
    after = loaded(applied_by_hand(objects, answer))
    bound = {name for one in answer.changes if one.before is None for name in names_of(one.after)}
    found = gains(Reached(cluster.access_graph), Reached(after.access_graph))
    assert [one for one in found if one[1] not in bound] == []
    return after


def names_of(binding):
    """Yield the nodes of a binding: who is bound by one that is made was bound before."""
    name = f"{binding.metadata.namespace}/{binding.metadata.name}"
    yield f"{ROLE_BINDING}:{name}"
    yield f"{IMPERSONATED_ROLE_BINDING}:{name}"


def counted(answer):
    result = answer.result
    return result.pairs, result.pairs_conditional, result.admins, result.admins_conditional


# A list in place of a * named an operator that nothing else showed.
@law(wild_objects, 2000, another, examples=[(14, 110879)])
def test_a_printed_fix_brings_nothing_into_being(seed, choice):
    fix_holds(wild_objects(seed), choice)


def fix_holds(objects, choice):
    cluster = loaded(objects)
    found = cluster.risks()
    no_number_is_negative(found)
    if not len(found):
        return
    fix = cluster.fix_risks(choice % len(found) + 1)
    after = holds_after(cluster, objects, fix)
    if not fix.result.by_hand:
        proof = fix.proof
        assert counted(after.risks()) == (
            proof.pairs_after,
            proof.pairs_after_conditional,
            proof.admins_after,
            proof.admins_after_conditional,
        )


# A step of full control of every namespace had no JSON.
@law(wild_objects, 2000, another, examples=[(40, 316773)])
def test_a_printed_cut_brings_nothing_into_being(seed, choice):
    cut_holds(wild_objects(seed), choice)


def cut_holds(objects, choice):
    cluster = loaded(objects)
    reached = sorted(row.secret for row in cluster.exposure() if row.secret)
    if not reached:
        return
    secret = reached[choice % len(reached)]
    cut = cluster.cut(secret)
    after = holds_after(cluster, objects, cut)
    left = {path.principal for path in after.paths(secret).result.secrets[0].paths}
    assert left == set(cut.proof.left)


FOLDER = Path(__file__).parents[2] / "fixtures" / "fixes"
PINNED = {
    "gains-7144.json": (2, {"Role bb/r1": "-1 pair", "ClusterRole c0": "-(0 +3) pairs"}),
    "gains-8106.json": (
        1,
        {
            "ClusterRole c1": "-2 pairs",
            "RoleBinding aa/b2": "-1 pair",
            "RoleBinding aa/b3": "-1 pair",
            "RoleBinding aa/b4": "-0 pairs",
        },
    ),
}
"""Inputs in which lists that named operators made people admins: the fix, and what goes alone."""


@pytest.mark.parametrize("name", PINNED)
def test_a_list_in_place_of_a_star_makes_nobody_admin(name):
    number, alone = PINNED[name]
    objects = json.loads(FOLDER.joinpath(name).read_text())["items"]
    found = loaded(objects).risks()
    assert {object_name(risk): alone_words(risk) for risk in found} == alone
    for choice in range(len(found)):
        fix_holds(objects, choice)
    fix = loaded(objects).fix_risks(number)
    assert {edit.not_listed for edit in fix.result.edits} == {Say.NOT_LISTED()}
    assert f"; {Say.NOT_LISTED()}\napiVersion: " in fix.manifests()
    proof = fix.proof
    assert (proof.admins_after, proof.admins_after_conditional) == (0, 0)


def object_name(risk):
    """Return the object that a fix changes."""
    where = f"{risk.namespace}/" if risk.namespace else ""
    return f"{risk.object_kind} {where}{risk.name}"
