"""OpenShift's own kinds: constraints on Pods, the members of groups, and who checks logins.

Source: openshift/api ``security/v1/types.go``, ``user/v1/types.go`` and
``config/v1/types_oauth.go``.
"""

from msgspec import Struct, field

from rbacgraph.model.kubernetes.meta import Object, ObjectMeta
from rbacgraph.model.node import GROUP, Node, user_node

CONSTRAINTS = "SecurityContextConstraints"
CONSTRAINTS_GROUP, USER_GROUP = "security.openshift.io", "user.openshift.io"
CONFIG_GROUP = "config.openshift.io"
ROLES_GROUP = "authorization.openshift.io"
"""The group in which OpenShift shows Kubernetes' own roles and bindings too."""
ANY = "RunAsAny"


class Strategy(Struct, frozen=True, gc=False, omit_defaults=True):
    """``runAsUser`` or ``seLinuxContext``: what a Pod may choose; no type means none."""

    type: str = ""
    uid: int | None = None
    uid_range_min: int | None = field(default=None, name="uidRangeMin")

    @property
    def any(self) -> bool:
        """Whether a Pod may choose any value."""
        return self.type == ANY

    @property
    def root(self) -> bool:
        """Whether a Pod may run as root."""
        first = {"MustRunAs": self.uid, "MustRunAsRange": self.uid_range_min}
        return self.any or first.get(self.type) == 0


class SecurityContextConstraints(Object, frozen=True, gc=False):
    """What a Pod may have of its node, and some principals that may use the constraints.

    The API server keeps ``volumes`` in line with ``allowHostDirVolumePlugin``.
    """

    metadata: ObjectMeta
    users: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    allow_privileged_container: bool = False
    allow_privilege_escalation: bool | None = None
    allow_host_dir_volume_plugin: bool = False
    allow_host_network: bool = False
    allow_host_pid: bool = field(default=False, name="allowHostPID")
    allow_host_ipc: bool = field(default=False, name="allowHostIPC")
    allowed_capabilities: tuple[str, ...] | None = None
    default_add_capabilities: tuple[str, ...] | None = None
    required_drop_capabilities: tuple[str, ...] | None = None
    run_as_user: Strategy = Strategy()
    se_linux_context: Strategy = Strategy()
    user_namespace_level: str = ""

    @property
    def listed(self) -> tuple[Node, ...]:
        """The users, ServiceAccounts and groups that the constraints list: these may use them."""
        groups: list[Node] = [(GROUP, "", group) for group in self.groups or ()]
        return *map(user_node, self.users or ()), *groups


class UserGroup(Object, frozen=True, gc=False):
    """A Group of ``user.openshift.io``: the users whose logins are in it."""

    metadata: ObjectMeta
    users: tuple[str, ...] | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """The members that can log in: user and Group names never hold a colon."""
        if ":" in self.metadata.name:
            return ()
        return tuple(user for user in self.users or () if ":" not in user)


class PasswordSecret(Struct, frozen=True, gc=False, omit_defaults=True):
    """The Secret of ``openshift-config`` that holds the passwords, by its name."""

    name: str = ""


class PasswordFile(Struct, frozen=True, gc=False, omit_defaults=True):
    """``htpasswd``: an identity provider that checks passwords by a file."""

    file_data: PasswordSecret = field(default=PasswordSecret(), name="fileData")


class IdentityProvider(Struct, frozen=True, gc=False, omit_defaults=True):
    """A way to log in."""

    name: str = ""
    type: str = ""
    htpasswd: PasswordFile | None = None


class OAuthSpec(Struct, frozen=True, gc=False, omit_defaults=True):
    """The ways to log in."""

    identity_providers: tuple[IdentityProvider, ...] | None = field(
        default=None, name="identityProviders"
    )


class OAuth(Object, frozen=True, gc=False):
    """What OpenShift's login server asks about those who log in; the one called ``cluster``."""

    metadata: ObjectMeta
    spec: OAuthSpec = OAuthSpec()

    @property
    def password_secrets(self) -> dict[str, str]:
        """Names of identity providers by the Secret that holds their passwords."""
        return {
            one.htpasswd.file_data.name: one.name
            for one in self.spec.identity_providers or ()
            if one.type == "HTPasswd" and one.htpasswd and one.htpasswd.file_data.name
        }
