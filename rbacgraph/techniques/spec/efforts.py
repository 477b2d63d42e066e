"""Efforts: what each technique costs an intruder, beside one read through the API.

They order paths, so that the one of least effort would be taken; they are no score,
and only their order means something. What counts is how many steps a technique has,
whether it leaves marks, and what else must go well. Each is named after its edge.
"""

# Nothing is done that is not done all day.
READ_SECRET = 1  # one request that nobody notices
READ_CONFIGMAP = 1  # the same
MOUNTS_SECRET = 1  # a file or a variable at hand
NODE_READS_SECRET = 1  # one request, with the credential that lies on the node
TOKEN_OF = 1  # the token is in the Secret
BOOTSTRAP_TOKEN_OF = 1  # the same
HELM_RELEASE = 1  # the Secret is in the release, only packed
CLUSTER_CREDENTIAL = 1  # a kubeconfig, or as good as one
REGISTRY_LOGIN = 1  # name and password are at hand
UNSEAL = 2  # the text of the SealedSecret must be found first
MAPPED_BY_AWS_AUTH = 1  # one logs in as always
ETCD_CLIENT = 2  # etcd is spoken to past the API server, and so past its log
CLOUD_IDENTITY = 2  # a token is exchanged, which the cloud's own log shows
RUNS_AS = 1  # the token lies in the container
KUBELET_CREDENTIAL = 1  # a file on the node
HOSTS_POD = 1  # the container's files lie on the node
SYSTEM_MASTERS = 1  # no right is even asked for
ALWAYS_ALLOW = 1  # the same
CONTROL_PLANE_HOST = 1  # the keys lie on the node

# One request, which stands out in an audit log.
PATCH_SECRET = 2  # an empty patch changes nothing, but is a write
REQUEST_TOKEN = 2  # one request; the token is used from elsewhere
NODE_REQUESTS_TOKEN = 2  # one request, with the credential that lies on the node
IMPERSONATE_SERVICEACCOUNT = 2  # one header; the log names both identities
IMPERSONATE_USER = 2  # the same
IMPERSONATE_GROUP = 2  # two headers
IMPERSONATE_CONSTRAINED = 2  # one header; the log names both identities

JOIN_GROUP = 2  # one line in a Group, which stays to be seen
EDIT_AWS_AUTH = 2  # one line in a ConfigMap, which stays to be seen
BIND_ROLE = 2  # one binding, which stays to be seen
ESCALATE_ROLE = 2  # one role, which stays to be seen
REVIVE_BINDING = 2  # the same

# One slip, and something breaks or is seen.
DELETE_SECRET = 3  # a dry run changes nothing, but without it the Secret is gone
DELETE_SECRETS = 3  # a dry run changes nothing, but without it all of them are gone
HOST_FILES = 3  # files of the node are read, found and used elsewhere
CREATE_TOKEN_SECRET = 3  # a Secret is made, a controller fills it, and it is read
AGGREGATE_ROLE = 3  # a role is made, and a controller copies its rules a little later
REVIVE_SERVICEACCOUNT = 3  # an account is made, which stays to be seen, beside the token
BIND_POD = 3  # a Pod is bound, which the scheduler sees, and then read for its kubelet
EXEC = 3  # a session in somebody's container
ESCAPE_TO_NODE = 3  # a known recipe, and a shell on the node
APPROVE_CSR = 3  # a request is made, approved, signed by a controller, and read
WRITE_BOOTSTRAP_TOKEN = 3  # a Secret is made, and stays to be seen
NODE_CLIENT_CSR = 3  # a request is made, approved and signed by controllers, and read

# Something is made or changed, and stays to be seen.
NODE_PROXY = 4  # as exec, but spoken to the kubelet by hand
POLICY_PARAMETERS = 4  # a policy changes for all, and then something is written
CREATE_POD = 4  # a Pod of one's own, and an image that can be pulled
EPHEMERAL_CONTAINER = 4  # as a Pod of one's own, but it cannot be taken away again
CREATE_PRIVILEGED_POD = 5  # as a Pod, and then out of it
APPLY_WORKLOAD = 5  # as a Pod or workload, under a name that the rule gives
CREATE_WORKLOAD = 5  # as a Pod, made by a controller a little later
ANNOTATE_TOKEN_SECRET = 5  # the token that was there is lost to those who use it
UPDATE_TOKEN_SECRET = 5  # the same
PATCH_POD = 5  # the container restarts with an image that does another work
RELABEL_NAMESPACE = 6  # as that, and a label is changed before
VOLUME_SECRET = 5  # a volume that stays to be seen, and a read with the kubelet's credential
MOUNT_PERSISTENTVOLUME = 5  # as a Pod, and then out of it by the files that it mounts
CREATE_PERSISTENTVOLUME = 6  # as that, by a volume that stays to be seen
UPDATE_WORKLOAD = 6  # every Pod of it is replaced
CREATE_CUSTOM_WORKLOAD = 6  # as a workload, if its operator is there and heeds it
UPDATE_CUSTOM_WORKLOAD = 7  # as that, and every Pod of it is replaced
OPERATOR_SENDS_SECRET = 7  # an object that stays to be seen, and a server of one's own
OPERATOR_DEPUTY = 7  # the operator must be set up to do it, and shows what it did

# What is found there decides.
ATTACH = 6  # the process may neither listen nor tell
PORT_FORWARD = 6  # the port must give it away or run code
POD_PROXY = 6  # as port-forward, by HTTP alone
SERVICE_PROXY = 7  # as pod-proxy, and the Service chooses the Pod

# The time and the doings of others decide.
AUTOMOUNT_TOKEN = 7  # an account is changed, and somebody must make its Pod anew
ADD_PULL_SECRET = 7  # an account is changed, and somebody's Pod must come to the right node
MUTATING_ADMISSION_POLICY = 7  # no server is needed, but somebody must create a Pod
MUTATING_WEBHOOK = 8  # a server of one's own, which every write then waits for
VALIDATING_WEBHOOK = 8  # as that, and a Secret must be written
WEBHOOK_BACKEND = 8  # the server is there, but something must be written
MUTATE_BINDING = 8  # as that, and an administrator must write a role or a binding
