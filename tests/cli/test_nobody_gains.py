"""Commands that write manifests: what these give, and what is refused."""

import pytest

from rbacgraph.advice.edits import rule_edits, rule_sources
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.rbac import PolicyRule

ANY_WRITE = """\
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: t}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  paramKind: {apiVersion: v1, kind: Secret}
  matchConstraints:
    resourceRules:
    - {apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE], resources: ["*"]}
  validations: [{expression: "true"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: p}
spec:
  policyName: p
  paramRef: {name: s, namespace: t, parameterNotFoundAction: Allow}
  validationActions: [Deny]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: writer, namespace: t}
rules:
- {apiGroups: [apps, admissionregistration.k8s.io], resources: [RESOURCE], verbs: [VERBS]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: t}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: writer}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: ci}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: policies}
rules:
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingadmissionpolicies]
  verbs: [patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: policies}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: policies}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}]
"""
"""Any write of ``ci`` hands the parameters to the policy of ``eve``."""

FIXED = """\
---
# take create, patch on deployments.apps out of rules[0] (get, create, patch on \
deployments.apps, deployments.admissionregistration.k8s.io)
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: writer
  namespace: t
rules:
- apiGroups:
  - admissionregistration.k8s.io
  resources:
  - deployments
  verbs:
  - get
  - create
  - patch
- apiGroups:
  - apps
  resources:
  - deployments
  verbs:
  - get
"""
FIXED_STAR = """\
---
# take patch on *.apps out of rules[0] (get, patch on *.apps, *.admissionregistration.k8s.io)
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: writer
  namespace: t
rules:
- apiGroups:
  - admissionregistration.k8s.io
  resources:
  - "*"
  verbs:
  - get
  - patch
- apiGroups:
  - apps
  resources:
  - "*"
  verbs:
  - get
"""


@pytest.fixture
def any_write(tmp_path):
    """Return a cluster whose Role ``writer`` has some verbs on a resource."""

    def made(resource="deployments", verbs="get, create, patch"):
        path = tmp_path / "cluster.yaml"
        path.write_text(ANY_WRITE.replace("RESOURCE", resource).replace("VERBS", verbs))
        return str(path)

    return made


@pytest.mark.parametrize(
    ("rule", "written"),
    [(("deployments", "get, create, patch"), FIXED), (('"*"', "get, patch"), FIXED_STAR)],
)
def test_the_fix_of_any_write_leaves_what_the_rule_held(run, any_write, rule, written):
    status, out, err = run("risks", "--fix", "1", "-f", any_write(*rule), "-o", "yaml", "-q")
    assert (status, out, err) == (0, written, "")


WIDE = PolicyRule(("get",), ("",), ("pods",))
REFUSED = """\
error: the proof of the changes fails: more than before: WHO gets get on pods in t
  nothing is written: this is a fault of rbacgraph, please report it
"""
WIDER = {
    "narrowed": lambda made: lambda *asked: (*made(*asked), WIDE),
    "with_rules": lambda made: lambda role, rules: made(role, (*rules, WIDE)),
}
WRITERS = {
    "risks --fix": ("risks", "--fix", "1"),
    "risks --fix-set": ("risks", "--fix-set", "1"),
    "cut": ("cut", "--secret", "t/s", "--need", "NEED"),
    "suggest": ("suggest", "--role", "t/writer", "--need", "NEED"),
    "suggest --without": ("suggest", "--role", "t/writer", "--without", "deployments"),
}


@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_a_manifest_that_gives_somebody_a_right_is_not_written(
    run, any_write, tmp_path, monkeypatch, command
):
    need, cluster = tmp_path / "need.txt", any_write()
    need.write_text("user:ci get deployments.apps -n t\n")
    asked = [str(need) if word == "NEED" else word for word in command]
    assert run(*asked, "-f", cluster)[0] == 0
    wide = {(rule_edits, "narrowed"), (rule_sources, "narrowed"), (rbac, "with_rules")}
    for module, name in wide:
        monkeypatch.setattr(module, name, WIDER[name](getattr(module, name)))
    for form in ("yaml", "json", "table"):
        status, out, err = run(*asked, "-f", cluster, "-o", form, "-q")
        assert (status, out, err) == (70, "", REFUSED.replace("WHO", "user:ci"))


UNSHOWN = PolicyRule(("get",), ("operators.coreos.com",), ("subscriptions",))
NAMED_FIRST = """\
error: the proof of the changes fails: rules would name a type of which the input shows nothing: \
subscriptions.operators.coreos.com
  nothing is written: this is a fault of rbacgraph, please report it
"""
STAR_OF_ALL = ANY_WRITE.replace("[apps, admissionregistration.k8s.io]", '["*"]')
DEFINED = """\
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: subscriptions.operators.coreos.com}
spec:
  group: operators.coreos.com
  scope: Namespaced
  names: {plural: subscriptions, kind: Subscription}
  versions: [{name: v1, served: true, storage: true}]
"""


@pytest.mark.parametrize("defined", [False, True])
@pytest.mark.parametrize("command", ["risks --fix 1", "cut --secret t/s"])
def test_a_manifest_that_names_a_type_first_is_not_written(
    run, tmp_path, monkeypatch, command, defined
):
    """The rule had a * for it, so nobody gains a right: but the input shows no such operator."""
    cluster = tmp_path / "cluster.yaml"
    rules = STAR_OF_ALL.replace("RESOURCE", '"*"').replace("VERBS", "get, create, patch")
    cluster.write_text(rules + (DEFINED if defined else ""))
    asked = (*command.split(), "-f", str(cluster), "-o", "yaml", "-q")
    assert run(*asked)[0] == 0
    for module in (rule_edits, rule_sources):
        made = module.narrowed
        monkeypatch.setattr(module, "narrowed", lambda *of, made=made: (*made(*of), UNSHOWN))
    status, out, err = run(*asked)
    if defined:
        assert (status, err) == (0, "")
    else:
        assert (status, out, err) == (70, "", NAMED_FIRST)
