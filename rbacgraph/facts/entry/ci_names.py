"""By what rbacgraph recognises the identities of systems that build and deploy (CI).

Sources: the tokens' claim ``sub`` as GitHub, GitLab, Bitbucket, Buildkite, CircleCI and HCP
Terraform document it; GitLab's ``doc/user/clusters/agent/ci_cd_workflow.md`` (impersonation); the
labels that the runners' charts and controllers give their Pods.
"""

import re
from collections.abc import Iterable, Iterator

from rbacgraph.model.kubernetes.pods import have_labels

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
