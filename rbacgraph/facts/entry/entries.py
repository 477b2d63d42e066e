"""Where an attacker can start: at a principal, a Pod or a workload, and what shows it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.entry.pod_services import PodServices
from rbacgraph.facts.entry.workloads import Workloads
from rbacgraph.facts.identities.control_plane import control_plane
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import best_token
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.risk.entry import Enter, Entering, Entry, Lack, LackingFact
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.core import Secret, token_account
from rbacgraph.model.kubernetes.pods import have_labels
from rbacgraph.model.node import (
    ANONYMOUS,
    AUTHENTICATED,
    EVERY_SERVICE_ACCOUNT,
    GROUP,
    MASTERS,
    NODE_USER,
    NODES_GROUP,
    OUTSIDE,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    USER,
    Node,
    service_accounts_group,
)

_ACCOUNTS_OF = service_accounts_group("")[2]
_BOOTSTRAP_USER, _BOOTSTRAP_GROUP = "system:bootstrap:", "system:bootstrappers"
_SYSTEM = "system:"


class Entries(WorldPart):
    """Knows where an attacker can start, computed on first use."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._snapshot = world.snapshot
        self._workloads = Workloads(world)
        self._services = world.part(PodServices)
        self._known: dict[Node, tuple[Entry, ...]] = {}

    def of(self, node: Node) -> tuple[Entry, ...]:
        """Return the entries to a principal, a Pod or a workload, the easiest first.

        None for what an attacker cannot start at, such as a role or a Secret.
        """
        found = self._known.get(node)
        if found is None:
            entries = sorted(self._of(node), key=_ease)
            found = self._known[node] = tuple(entries)
        return found

    def _of(self, node: Node) -> Iterable[Entry]:
        kind, namespace, name = node
        if kind == USER:
            return self._of_user(node)
        if kind == GROUP:
            return self._of_group(node)
        if kind == SERVICE_ACCOUNT:
            return self._of_account((namespace, name))
        if kind in OUTSIDE:
            return (Entry(way=Enter.OUTSIDE()),)
        runner = self._runners.get(node)
        runs = None if runner is None else self._services.runs(runner)
        if runner is None or runs is None:
            return ()
        return _first_of_each(one.under(runs) for one in self._workloads.of(runner))

    # --- logins --------------------------------------------------------------------------

    def _of_user(self, node: Node) -> Iterator[Entry]:
        name = node[2]
        if node == ANONYMOUS:
            yield from self._anonymous()
        elif name.startswith(_BOOTSTRAP_USER):
            wanted = name.removeprefix(_BOOTSTRAP_USER)
            tokens = self._world.bootstrap_tokens
            yield from self._bootstrap(
                one for called, one in tokens.items() if called.endswith(f"-{wanted}")
            )
        elif name.startswith(NODE_USER):
            yield Entry(way=Enter.NODES())
        elif name.startswith(_SYSTEM):
            yield Entry(way=Enter.CONTROL_PLANE())
        else:
            yield Entry(way=_login(name, Enter.USER))

    def _of_group(self, node: Node) -> Iterator[Entry]:
        name = node[2]
        if node == UNAUTHENTICATED:
            yield from self._anonymous()
        elif node == AUTHENTICATED:
            yield Entry(way=Enter.EVERY_LOGIN())
        elif node == EVERY_SERVICE_ACCOUNT:
            yield Entry(way=Enter.EVERY_ACCOUNT())
        elif name.startswith(_ACCOUNTS_OF):
            yield from self._of_accounts_in(name.removeprefix(_ACCOUNTS_OF))
        elif node == MASTERS:
            yield Entry(way=Enter.MASTERS())
        elif node == NODES_GROUP:
            yield Entry(way=Enter.NODES())
        elif name.startswith(_BOOTSTRAP_GROUP):
            yield from self._bootstrap(self._world.bootstrap_tokens.values())
        elif name.startswith(_SYSTEM):
            yield Entry(way=Enter.CONTROL_PLANE())
        else:
            yield Entry(way=_login(name, Enter.GROUP))

    def _anonymous(self) -> Iterator[Entry]:
        if not self._snapshot.refuses_anonymous:
            yield Entry(way=Enter.ANONYMOUS())

    def _bootstrap(self, tokens: Iterable[Secret]) -> Iterator[Entry]:
        found = False
        for secret in tokens:
            found = True
            metadata = secret.metadata
            way = Enter.BOOTSTRAP_TOKEN(metadata.namespace, metadata.name)
            evidence = self._world.rbac.evidence(secret, "Secret", secret.type)
            yield Entry(way=way, evidence=(evidence,))
        if not found:
            yield Entry(way=Enter.NODES(), lacking=self._lacking_secrets("kube-system"))

    # --- ServiceAccounts -----------------------------------------------------------------

    def _of_accounts_in(self, namespace: str) -> Iterator[Entry]:
        """Yield an entry for the group of a namespace: the easiest ones of its members too."""
        yield Entry(way=Enter.ACCOUNTS_OF_NAMESPACE(namespace))
        members = self._accounts_by_namespace.get(namespace, ())
        yield from _first_of_each(
            one for name in members for one in self.of((SERVICE_ACCOUNT, namespace, name))
        )

    def _of_account(self, key: Key) -> Iterator[Entry]:
        exists = self._world.identities.service_accounts.get(key)
        if exists is None and (SERVICE_ACCOUNT, *key) in control_plane():
            yield Entry(way=Enter.CONTROL_PLANE())
            return
        if exists is None:
            yield Entry(way=Enter.ACCOUNT_IS_MISSING(*key))
            return
        found = [*self._by_tokens(key), *self._by_ci(key), *self._by_runners(key)]
        if exists:
            found = [one.under(exists) for one in found]
        yield from _first_of_each(found)
        if not found and (SERVICE_ACCOUNT, *key) in control_plane():
            yield Entry(way=Enter.CONTROL_PLANE())
        elif not found:
            pods = self._lacking_pods(key[0])
            way = Enter.PODS_NOT_SHOWN(*key) if pods else Enter.NOBODY_HAS_TOKEN(*key)
            yield Entry(way=way, lacking=pods + self._lacking_secrets(key[0]))

    def _by_tokens(self, key: Key) -> Iterator[Entry]:
        for secret in self._token_secrets.get(key, ()):
            metadata = secret.metadata
            if metadata.labels and metadata.labels.invalid_since:
                continue
            way = Enter.TOKEN_SECRET(metadata.namespace, metadata.name)
            evidence = self._world.rbac.evidence(secret, "Secret", secret.type)
            yield Entry(way=way, evidence=(evidence,))

    def _by_ci(self, key: Key) -> Iterator[Entry]:
        runners = self._runners_of.get(key, ())
        for runner in runners:
            mark = self._ci_marks.get(runner.number)
            if mark:
                evidence = self._evidence(runner, mark)
                yield Entry(way=Enter.CI_WORKLOAD(mark), evidence=(evidence,))
                return
        beside = self._ci_namespaces.get(key[0])
        if beside is not None:
            evidence = self._evidence(beside, self._ci_marks[beside.number])
            yield Entry(way=Enter.CI_NAMESPACE(key[0]), evidence=(evidence,))
            return
        word = ci_word(key[1]) or ci_word(key[0])
        if word:
            yield Entry(way=Enter.CI_NAME(word))

    def _by_runners(self, key: Key) -> Iterator[Entry]:
        for runner in self._runners_of.get(key, ()):
            token = best_token(self._world, runner)
            if token is None or runner.running is None:
                continue
            condition = both(token[1], runner.running)
            for one in self.of(runner.node):
                yield one.by(runner.node).under(condition)

    # --- Pods and workloads --------------------------------------------------------------

    def _evidence(self, runner: PodSource, detail: str) -> Evidence:
        return self._world.rbac.evidence(runner.obj, runner.kind, detail)

    # --- what the input holds ------------------------------------------------------------

    @cached_property
    def _runners(self) -> Mapping[Node, PodSource]:
        return {one.node: one for one in self._world.running.runners}

    @cached_property
    def _runners_of(self) -> Mapping[Key, list[PodSource]]:
        """What runs, by its ServiceAccount."""
        found: defaultdict[Key, list[PodSource]] = defaultdict(list)
        for one in self._world.running.runners:
            if one.spec.service_account:
                found[one.node[1], one.spec.service_account].append(one)
        return found

    @cached_property
    def _ci_namespaces(self) -> Mapping[str, PodSource]:
        """The namespaces in which a known CI system runs, each with one of its Pods."""
        found: dict[str, PodSource] = {}
        for one in self._world.running.runners:
            if one.number in self._ci_marks and self._services.runs(one) is not None:
                found.setdefault(one.node[1], one)
        return found

    @cached_property
    def _ci_marks(self) -> Mapping[int, str]:
        """What shows a CI system, by the number of what runs there: few have any."""
        marks = (
            (one, ci_mark(one.obj.labels, one.spec.images)) for one in self._world.running.runners
        )
        return {one.number: mark for one, mark in marks if mark}

    @cached_property
    def _token_secrets(self) -> Mapping[Key, list[Secret]]:
        found: defaultdict[Key, list[Secret]] = defaultdict(list)
        for secret in self._world.token_secrets.values():
            found[secret.metadata.namespace, token_account(secret)].append(secret)
        return found

    @cached_property
    def _accounts_by_namespace(self) -> Mapping[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for namespace, name in self._world.identities.service_accounts:
            found[namespace].append(name)
        return found

    def _lacking_pods(self, namespace: str) -> tuple[LackingFact, ...]:
        """Return that Pods are lacking: workloads without Pods may be some of several sources."""
        snapshot = self._snapshot
        some = snapshot.pods and not snapshot.is_partial("Pod")
        return () if some or snapshot.is_listed("Pod", namespace) else (Lack.PODS(namespace),)

    def _lacking_secrets(self, namespace: str) -> tuple[LackingFact, ...]:
        snapshot = self._snapshot
        if snapshot.is_listed("Secret", namespace):
            return ()
        if snapshot.secrets and not snapshot.is_partial("Secret"):
            return ()
        return (Lack.TOKEN_SECRETS(namespace),)


def _login(name: str, person: Enter) -> Entering:
    if is_ci_login(name):
        return Enter.CI_LOGIN(name)
    word = ci_word(name)
    return Enter.CI_NAME(word) if word else person()


def _ease(entry: Entry) -> tuple[int, bool, int]:
    """Order entries: the easiest first, and certain ones before others."""
    return -entry.level, entry.condition != CERTAIN, int(entry.kind)


def _first_of_each(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield one entry for each way in: a certain one if there is one."""
    best: dict[Entering, Entry] = {}
    for one in entries:
        known = best.get(one.way)
        if known is None or one.condition < known.condition:
            best[one.way] = one
    yield from best.values()


# By what rbacgraph recognises the identities of systems that build and deploy (CI).
#
# Sources: the tokens' claim ``sub`` as GitHub, GitLab, Bitbucket, Buildkite, CircleCI and HCP
# Terraform document it; GitLab's ``doc/user/clusters/agent/ci_cd_workflow.md`` (impersonation); the
# labels that the runners' charts and controllers give their Pods.

_LOGINS = re.compile(
    r"(?:^|.*[#|:/])(?:"
    r"repo:[^:/]+/[^:]+(?::.*)?"  # GitHub Actions
    r"|project_path:[^:]+:ref_type:.*"  # GitLab
    r"|organization:[^:]+:(?:pipeline|project):.*"  # Buildkite, HCP Terraform
    r"|org/[^/]+/project/[^/]+/.*"  # CircleCI
    r"|gitlab:ci_job(?::.*)?|gitlab:(?:group|project|project_env|agent)(?::|_).*"
    r")|.*(?:token\.actions\.githubusercontent\.com|api\.bitbucket\.org|agent\.buildkite\.com).*",
    re.DOTALL,
)
"""Users and groups that a CI system's token names."""

_WORDS = frozenset(
    {
        *("ci", "cicd", "cd", "jenkins", "gitlab", "github", "actions", "buildkite", "buildkitd"),
        *("circleci", "travis", "drone", "woodpecker", "concourse", "teamcity", "tekton"),
        *("bitbucket", "spinnaker", "bamboo", "runner", "runners", "pipeline", "pipelines"),
        *("deploybot", "terraform", "atlantis"),
    }
)
_NOT_ALONE = frozenset({"cd", "actions", "github"})
"""Words that mean something else too, unless they stand together."""
_BETWEEN = re.compile(r"[^a-z0-9]+")

_NAMES = (
    *("gitlab-runner", "jenkins", "jenkins-agent", "jenkins-controller", "gha-runner-scale-set"),
    *("actions-runner-controller", "buildkite-agent", "agent-stack-k8s", "drone-runner-kube"),
    *("woodpecker-agent", "concourse-worker", "teamcity-agent", "atlantis", "buildkitd"),
    *("bamboo-agent", "tfc-agent", "gitea-act-runner", "act-runner", "forgejo-runner"),
)
_NAME_LABELS = ("app.kubernetes.io/name", "app", "app.kubernetes.io/component", "name")
_LABELS = (
    *("actions.github.com/scale-set-name", "actions-ephemeral-runner", "runner-deployment-name"),
    *("tekton.dev/taskRun", "tekton.dev/pipelineRun", "buildkite.com/job-uuid"),
    *("jenkins/label", "jenkins/jenkins-jenkins-agent", "io.drone", "woodpecker-ci.org/step"),
    *("job.runner.gitlab.com/pod", "manager.runner.gitlab.com/name"),
)
"""Labels that only Pods of a CI system have."""
_SOME_LABEL = re.compile(
    f",(?:(?:{'|'.join(map(re.escape, _NAME_LABELS))})=(?:{'|'.join(map(re.escape, _NAMES))}),"
    f"|(?:{'|'.join(map(re.escape, _LABELS))})=)"
)
"""Whether packed labels hold any of these: nearly all Pods have none."""

_IMAGES = re.compile(
    r"(?:.*/)?(?:gitlab-runner(?:-helper|-ocp)?|actions-runner|gha-runner|inbound-agent|jnlp-slave"
    r"|buildkit|buildkite/agent|agent-stack-k8s|drone-runner-\w+|woodpecker-agent|act_runner"
    r"|kaniko-project/executor|teamcity-agent|concourse|tfc-agent|circleci/runner-agent"
    r"|jenkins/jenkins|bitbucket-pipelines-runner)(?:[:@].*)?"
)
"""Images of such systems, without their registry."""


def is_ci_image(image: str) -> bool:
    """Whether an image is one of a CI system.

    Examples
    --------
    >>> is_ci_image("x.org/gitlab/gitlab-runner:v18"), is_ci_image("moby/buildkit")
    (True, True)
    >>> is_ci_image("example.org/runner:1"), is_ci_image("buildkite/agents")
    (False, False)
    """
    return _IMAGES.fullmatch(image) is not None


def ci_mark(labels: str, images: Iterable[str]) -> str:
    """Return the label or image by which a Pod is a CI system's; ``""`` for none.

    Examples
    --------
    >>> ci_mark(",app=runner,", ["gitlab/gitlab-runner:v18.6.1"]), ci_mark(",app=web,", ["nginx"])
    ('gitlab/gitlab-runner:v18.6.1', '')
    """
    return ci_label(labels) or next(filter(is_ci_image, images), "")


def is_ci_login(name: str) -> bool:
    """Whether a user or a group is one that a CI system's token names.

    Examples
    --------
    >>> is_ci_login("repo:shop/web:ref:refs/heads/main"), is_ci_login("gitlab:ci_job")
    (True, True)
    >>> is_ci_login("oidc:project_path:shop/web:ref_type:branch:ref:main"), is_ci_login("alice")
    (True, False)
    """
    return _LOGINS.fullmatch(name) is not None


def ci_word(name: str) -> str:
    """Return the word of a name by which it seems to be a CI system's; ``""`` for none.

    Examples
    --------
    >>> ci_word("jenkins@example.com"), ci_word("gitlab-runner"), ci_word("social")
    ('jenkins', 'gitlab', '')
    """
    words = [word for word in _BETWEEN.split(name.lower()) if word]
    found = [word for word in words if word in _WORDS]
    plain = [word for word in found if word not in _NOT_ALONE]
    return plain[0] if plain else found[0] if len(found) > 1 else ""


def ci_label(labels: str) -> str:
    """Return the label by which a Pod is a CI system's, of its packed labels; ``""`` for none.

    Examples
    --------
    >>> ci_label(",app=gitlab-runner,release=x,"), ci_label(",app=web,")
    ('app=gitlab-runner', '')
    >>> ci_label(",tekton.dev/taskRun=build-1,")
    'tekton.dev/taskRun'
    """
    return next(_ci_labels(labels), "") if _SOME_LABEL.search(labels) else ""


def _ci_labels(labels: str) -> Iterator[str]:
    for label in _NAME_LABELS:
        for name in _NAMES:
            if have_labels(labels, {label: name}):
                yield f"{label}={name}"
    yield from (label for label in _LABELS if f",{label}=" in labels)
