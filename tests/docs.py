"""What is generated of the documentation: techniques, programs, operators, questions and a table.

``python -m tests.docs`` writes them.
"""

from inspect import cleandoc
from itertools import groupby
from pathlib import Path

from rbacgraph.facts.operators.power import Power
from rbacgraph.facts.operators.table import OPERATORS
from rbacgraph.model.role_carriers import role_carriers
from rbacgraph.techniques import git, outside, stores, vault
from rbacgraph.techniques import operators as operators_
from rbacgraph.techniques.catalogue import pages
from tests.questions import questions

DOCS = Path(__file__).parents[1] / "rbacgraph" / "docs"
HEAD = """\
# Techniques

A path is a chain of edges. An edge A → B says: *an attacker who controls A obtains B*. An edge is
certain, or conditional with its condition in words; rbacgraph never counts the two together. The
effort orders paths; it is no score: low (1-2), medium (3-5) or high (6-8) for one technique, low
(1-3), medium (4-7) or high (8-) for a path, which takes the sum of its techniques'. `rbacgraph
explain ID` prints a technique's page. Those of operators, clouds, stores, Vault and Git are under
[Programs](programs.md); what all of them lack is under [Limits](limits.md).
"""
PROGRAMS = """\
# Techniques by other programs

The [techniques](techniques.md) that need more than Kubernetes itself: an operator, a cloud, a
store of secrets, Vault or OpenBao, a repository. Those of operators are always conditional: the
input shows the rights on an operator's resources, and not whether the operator runs and heeds them.
"""
TAIL = """
Some edges leave the cluster: to a registry, another cluster, an identity of a cloud. `reach` lists
these ends; rbacgraph does not look at what lies behind them.
"""
OF_PROGRAMS = frozenset(
    cleandoc(room.__doc__ or "").rstrip(".") for room in (operators_, outside, stores, vault, git)
)


def techniques():
    """Return the page of what Kubernetes alone gives."""
    return HEAD + _table_of(lambda title: title not in OF_PROGRAMS)


def programs():
    """Return the page of what other programs give."""
    return PROGRAMS + _table_of(OF_PROGRAMS.__contains__) + TAIL


def _table_of(shown):
    """Return a table of the catalogue in its order, each group below its title."""
    groups = (
        f"| **{title}** | | |\n"
        + "".join(f"| `{p.id}` | {p.effort or '-'} | {p.summary} |\n" for p in members)
        for title, members in groupby(pages(), lambda page: page.group)
        if shown(title)
    )
    return f"\n| edge | effort | what it gives |\n|---|---|---|\n{''.join(groups)}"


POWERS = {
    Power.READ_SECRETS: "read Secrets",
    Power.WRITE_SECRETS: "write Secrets",
    Power.RUN_PODS: "run Pods",
    Power.ENTER_PODS: "enter Pods",
    Power.READ_LOGS: "read logs",
    Power.WRITE_ACCOUNTS: "write ServiceAccounts",
    Power.REQUEST_TOKENS: "request tokens",
    Power.IMPERSONATE: "impersonate",
    Power.WRITE_RBAC: "write roles and bindings",
    Power.WRITE_ADMISSION: "write webhooks and policies",
    Power.SIGN_CERTIFICATES: "sign certificates",
    Power.NODE_PROXY: "use the kubelet's API",
    Power.WRITE_NODES: "write Nodes",
    Power.WRITE_STORAGE: "write volumes and storage classes",
    Power.WRITE_CONFIG_MAPS: "write ConfigMaps",
    Power.WRITE_NAMESPACES: "write Namespaces",
    Power.WRITE_APIS: "write definitions of resources",
    Power.WRITE_NETWORK: "write Services and Ingresses",
    Power.WRITE_CUSTOM: "write other projects' resources",
    Power.USE_CONSTRAINTS: "use SecurityContextConstraints",
    Power.EVERYTHING: "everything",
}
BY_DESIGN = """\
# Operators, and what they need by design

An operator needs rights that look like a breach: External Secrets writes every Secret, Argo CD
may do everything. `admins`, `risks`, `cut` and `exposure` set such rights apart as *by design*.
They never hide them, and in doubt a right is not by design.

- **Recognised** is a ServiceAccount by what it is: the image of what runs as it (in any
  registry), or labels and chart of it or of what runs as it. Labels count if the operator's image
  runs in the same namespace, if the input defines its resources, or if the input holds nothing
  that runs. A name alone shows nothing; `default` is nobody's.
- **By design** is one binding of it, if all of this holds: the binding and its role bear the
  marks of the same install (its labels with the same name and instance, or the same Helm
  release), or have the names under which the project ships them; and the role gives no power but
  those below, in the operator's own namespace also those in brackets. Rights on the operator's
  own resources are no power, nor is reading anything but Secrets, logs and what leads into Pods
  and nodes.
- A ServiceAccount counts as an operator by design if each of its bindings is, but for those that
  give no power. One binding that somebody added, and it stands among everybody else.
- Where the table says *not read*, nobody has compared the row with the project: such an operator
  is recognised, and nothing that gives a power is by design.

`--operators FILE` says more, or otherwise:

```yaml
operators:
- serviceAccount: ci/tenant-operator
  byDesign: true
  bindings: [ClusterRoleBinding/namespace-bootstrapper]  # by name: one added later counts
  operator: Tenant operator
  reason: makes the namespaces of teams
- serviceAccount: argocd/*                               # * stands only beside byDesign: false
  byDesign: false
  reason: nobody uses Argo CD here any more
```

An entry that names a binding as by design wins. A binding that is not in the input is noticed.
"""


def _signs(row):
    """Return by what an operator is recognised, the image first."""
    signs = [f"`{image}`" for image in row.images[:1]]
    labels = [f"name={name}" for name in row.names[:1]] or [
        f"part-of={name}" for name in row.parts_of[:1]
    ]
    signs += [f"`{label}`" for label in labels or row.labels[:1]]
    return ", ".join(signs or [f"chart `{chart}`" for chart in row.charts[:1]])


def _needs(row):
    needs = ", ".join(POWERS[power] for power in row.needs)
    own = ", ".join(POWERS[power] for power in row.own_needs)
    parts = [
        f"{part.names[0]}: {', '.join(POWERS[power] for power in part.needs)}"
        for part in row.parts
        if part.needs
    ]
    found = "; ".join(filter(None, (needs, *parts, f"[{own}]" if own else "")))
    return found or ("none" if row.read else "not read")


def operators():
    """Return the page: how operators are recognised, and the table of them."""
    rows = sorted(
        (row for row in OPERATORS if _signs(row)),
        key=lambda row: row.name.removeprefix("the ").lower(),
    )
    table = "".join(f"| {row.name} | {_signs(row)} | {_needs(row)} |\n" for row in rows)
    return f"{BY_DESIGN}\n| operator | image, label | powers by design |\n|---|---|---|\n{table}"


WAYS = {
    "holds": "holds them, as they are or as templates",
    "makes": "its controller makes them of its fields",
    "applies": "names what is applied: a repository, a chart, a ConfigMap, a backup",
    "patches": "changes what others say, also by values of a chart",
}


def role_carriers_of(way):
    """Return the kinds that may hold roles or bindings in one way, each by its printed name."""
    names = sorted(f"{row.kind}.{row.group}" for row in role_carriers() if way in row.ways)
    return ", ".join(f"`{name}`" for name in names)


def carriers():
    """Return the table of kinds that may hold roles or bindings."""
    rows = "".join(f"| {words} | {role_carriers_of(way)} |\n" for way, words in WAYS.items())
    return f"| an object of the kind | kinds |\n|---|---|\n{rows}"


def with_carriers(page):
    """Return the page of custom resources with that table in its place."""
    head, title, rest = page.partition("## Kinds that may hold roles or bindings\n")
    before, _, after = rest.partition("| an object of the kind")
    return head + title + before + carriers() + after[after.index("\n\n") + 1 :]


if __name__ == "__main__":
    page = DOCS / "custom-resources.md"
    page.write_text(with_carriers(page.read_text(encoding="utf-8")), encoding="utf-8")
    (DOCS / "techniques.md").write_text(techniques(), encoding="utf-8")
    (DOCS / "programs.md").write_text(programs(), encoding="utf-8")
    (DOCS / "operators.md").write_text(operators(), encoding="utf-8")
    (DOCS / "questions.md").write_text(questions(), encoding="utf-8")
