#!/usr/bin/env bash
# The steps of action.yml: `run.sh key` names what is to be installed, for the cache, and `run.sh`
# installs it and asks. The inputs, and what the event tells, are in the environment.
set -euo pipefail
exec 2>&1 # what is said stands in the order in which it was said

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
venv=$RUNNER_TEMP/rbacgraph-venv

# -I: what stands in the work tree under the name of a Python module is not run.
python() { "$INPUT_PYTHON" -I "$@"; }

# Nor are programs that the repository's configuration names.
git() { command git -c core.fsmonitor= -c core.hooksPath=/dev/null "$@"; }

if [ "${1:-}" = key ]; then
  command -v rbacgraph > /dev/null && exit
  content=$(cd "$root" && find rbacgraph pyproject.toml .github/actions/rbacgraph -type f \
    ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
  built=$(python -c 'import platform, sys; print(sys.executable, sys.version, platform.platform())')
  {
    echo "path=$venv"
    echo "key=rbacgraph-$(sha256sum <<< "$venv $built $content" | cut -d ' ' -f 1)"
  } >> "$GITHUB_OUTPUT"
  exit
fi

# Nothing that is printed, such as the name of a file, is taken for a command of the workflow,
# but what `tell` says.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
trap 'printf "\n::%s::\n" "$token"' EXIT

tell() {
  local text=${2//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '\n::%s::\n::%s::%s\n::stop-commands::%s\n' "$token" "$1" "${text//$'\n'/%0A}" "$token"
}

fail() {
  tell error "$1"
  exit 2
}

if ! command -v rbacgraph > /dev/null; then
  if ! [ -e "$venv/complete" ]; then
    python -m venv --clear "$venv"
    pip=("$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps)
    "${pip[@]}" --require-hashes --only-binary :all: --requirement "$here/requirements.txt"
    "${pip[@]}" --no-build-isolation "$root"
    touch "$venv/complete"
  fi
  PATH="$venv/bin:$PATH"
fi

lines() { grep -v '^[[:space:]]*$' <<< "$1" || true; }
mapfile -t paths < <(lines "$INPUT_PATHS")
mapfile -t named < <(lines "$INPUT_FILES")
mapfile -t unread < <(lines "$INPUT_ALLOW_UNREAD" | sed 's/^/--allow-unread=/')
markdown="$RUNNER_TEMP/rbacgraph.md" sarif="$RUNNER_TEMP/rbacgraph.sarif"
old="$RUNNER_TEMP/rbacgraph-base"

# A revision of zeros is none: what the first push of a branch comes after.
is_none() { [ -z "${1//0/}" ]; }

have() {
  git cat-file -e "$1^{commit}" 2> /dev/null || git fetch --quiet --depth=1 -- origin "$1" ||
    fail "the revision $1 is not here: check out with fetch-depth: 0"
}

# The base that the event names may be older than what the pull request has merged of it: the
# branch as it is now shows what is its own, unless it already holds the whole pull request.
base_now() {
  local now=refs/remotes/origin/$EVENT_REF
  if [ -n "$EVENT_REF" ]; then
    git cat-file -e "$now^{commit}" 2> /dev/null ||
      [ "$(git rev-parse --is-shallow-repository)" = true ] ||
      git fetch --quiet -- origin "+refs/heads/$EVENT_REF:$now" 2> /dev/null || true
    if git cat-file -e "$now^{commit}" 2> /dev/null && ! git merge-base --is-ancestor HEAD "$now"; then
      git rev-parse "$now"
      return
    fi
  fi
  echo "$EVENT_BASE"
}

# What a pull request changes is what its merge brings to the base as it is now: the base that the
# event names may be older, and would lay the base's own changes to it.
of_pull_request() {
  local head parents
  head=$(git rev-parse HEAD)
  mapfile -t parents < <(git cat-file commit HEAD | sed -n '/^$/q; s/^parent //p')
  if [ "$head" = "$EVENT_HEAD" ]; then
    base=$(base_now)
    have "$base"
    git merge-base "$base" HEAD > /dev/null ||
      fail "where the pull request left its base is not here: check out with fetch-depth: 0"
    ! git merge-base --is-ancestor HEAD "$base" ||
      fail "the base holds all of the pull request: there is nothing to compare"
    span="$base...HEAD"
  elif [ "${#parents[@]}" = 2 ] && { [ "${parents[1]}" = "$EVENT_HEAD" ] ||
    git merge-base --is-ancestor "$EVENT_HEAD" "${parents[1]}" 2> /dev/null; }; then
    base=${parents[0]}
    have "$base"
    span="$base..HEAD"
  else
    fail "what is checked out is not of the pull request: check out its merge, or give the input base"
  fi
}

span="" base=${INPUT_BASE:-$EVENT_BEFORE}
if [ -z "$INPUT_BASE" ] && [ -n "$EVENT_HEAD" ]; then
  of_pull_request
elif ! is_none "$base"; then
  have "$base"
  [ -z "$INPUT_BASE" ] || [ "$(git rev-parse "$base^{commit}")" != "$(git rev-parse HEAD)" ] ||
    fail "the base is what is checked out: there is nothing to compare"
  span="$base..HEAD"
fi

# What a path leads to in a revision: an id and a sort, or `missing`, or that a link leads nowhere.
entry() {
  { git cat-file --batch-check='%(objectname) %(objecttype)' --follow-symlinks <<< "$1:./$2" \
    2> /dev/null || true; } | sed -n '1{s/.* missing$/missing/;p}'
}

# Whether a path is in a submodule of the base, which must be at the same commit in the change.
in_submodule() {
  local module
  while read -r module; do
    [[ $1 = "$module"/* ]] || continue
    git diff-tree -r --quiet "$base" HEAD -- "$module" ||
      fail "$1 is in a submodule that is not as in the base, which decides"
    return 0
  done < <(git ls-tree -r "$base" | sed -n 's/^160000 commit [0-9a-f]*\t//p')
  return 1
}

# The links in the folder that a path leads to in a revision, by their names there.
links() {
  local found
  found=$(entry "$1" "$2")
  [ "${found#* }" != tree ] || git ls-tree -r -z --full-tree "${found% *}" |
    sed -nz 's/^120000 blob [0-9a-f]*\t//p'
}

# What these links lead to, which the id of their folder does not show. What is no file of the
# revision may be in a submodule.
led_to() {
  local link what
  [ "$(git cat-file -t "$1:./$2" 2> /dev/null)" = tree ] || entry "$1" "$2"
  while IFS= read -r -d '' link; do
    what=$(entry "$1" "$2/$link")
    case $what in
      *" blob" | *" tree") echo "$link: $what" ;;
      *) echo "$link: $what" && git ls-tree -r --full-tree "$1" | sed -n /^160000/p ;;
    esac
  done < <(links "$1" "$2")
}

# Whether what a path leads to is the same in the base and in the change, through all links.
same_links() { [ "$(led_to "$base" "$1")" = "$(led_to HEAD "$1")" ]; }

# In a copy of a folder of the base, puts files in the place of the links that lead out of it.
follow() {
  local link what
  while IFS= read -r -d '' link; do
    [ ! -e "$2/$link" ] || continue
    what=$(entry "$base" "$1/$link")
    case $what in
      *" tree") ;; # no folder is read by a link
      *" blob") rm -- "$2/$link" && git cat-file blob "${what% *}" > "$2/$link" ;;
      *) fail "$1/$link leads to no file of the base: name the file itself" ;;
    esac
  done < <(links "$base" "$1")
}

# Sets `decides` to what is read for a path: if the change has another version than the base, the
# base's, or who weakens the policy would be judged by that.
of_base() {
  local path=${1#"$PWD"/} was now fixed held
  decides=$1 path=${path#./}
  if [ -z "$span" ] || [ -z "$path" ] || [ "${path#/}" != "$path" ]; then return; fi
  was=$(entry "$base" "$path") now=$(entry HEAD "$path")
  case $was in
    "") return ;; # outside the repository
    missing)
      if in_submodule "$path"; then return; fi
      [ "$now" = missing ] || tell notice "$1 is new: the base has none that could decide"
      [ "$now" != missing ] || git diff-tree -r --quiet "$base" HEAD -- ":(glob)$path" ||
        fail "what $1 matches is not as in the base, which decides: name its folder"
      fixed=${path%%[*?[]*}
      [ "$fixed" = "$path" ] || same_links "${fixed%"${fixed##*/}"}." ||
        fail "what $1 matches leads to what is not as in the base, which decides: name its folder"
      return
      ;;
    *" blob") [ "$was" != "$now" ] || return 0 ;;
    *" tree") [ "$was" != "$now" ] || ! same_links "$path" || return 0 ;;
    *) fail "$1 leads to no file of the base: name the file itself" ;;
  esac
  tell notice "$1 is not as in the base: what the base has decides"
  decides=$old/${was% *}/$(basename -- "$1")
  mkdir -p "$(dirname -- "$decides")"
  if [ "${was#* }" = blob ]; then
    git cat-file blob "${was% *}" > "$decides"
  else
    mkdir -p "$decides"
    held=$(git ls-tree -r --full-tree "${was% *}" | sed -n 's/^160000 commit [0-9a-f]*\t//p;T;q')
    [ -z "$held" ] || fail "$1/$held is a submodule, of which the base holds no file: name the others"
    git archive "${was% *}" | tar -x -C "$decides"
    follow "$path" "$decides"
  fi
}

files=()
for one in "${named[@]}"; do
  of_base "$one"
  files+=("--filename=$decides")
done

status=0
if [ -z "$span" ]; then
  [ -n "$INPUT_POLICY" ] || fail "nothing tells what to compare with: give the input base"
  tell notice "nothing tells what to compare with: the policy alone is checked"
else
  asked=(rbacgraph diff --git "$span" "${files[@]}" "${unread[@]}")
  "${asked[@]}" -o "$markdown" -- "${paths[@]}"
  cat "$markdown" >> "$GITHUB_STEP_SUMMARY"
  {
    echo "markdown=$markdown"
    echo "sarif=$sarif"
  } >> "$GITHUB_OUTPUT"
  "${asked[@]}" ${INPUT_FAIL_ON:+--fail-on "$INPUT_FAIL_ON"} -o "$sarif" -- "${paths[@]}" || status=$?
fi

# Holds the manifests against a policy and a baseline; writes the findings under a name.
judge() {
  local asked=(rbacgraph check --policy "$1" ${2:+--baseline "$2"}) found=0
  [[ ,$INPUT_FAIL_ON, != *,unread-kinds,* ]] || asked+=(--fail-on unread-kinds)
  asked+=("${files[@]}" "${unread[@]}" "${paths[@]/#/--filename=}")
  "${asked[@]}" -o "$3.sarif" || found=$?
  "${asked[@]}" -o "$3.md" 2> /dev/null || true
  [ ! -e "$3.md" ] || cat "$3.md" >> "$GITHUB_STEP_SUMMARY"
  return "$found"
}

if [ -n "$INPUT_POLICY" ]; then
  checked="$RUNNER_TEMP/rbacgraph-policy"
  of_base "$INPUT_POLICY"
  policy=$decides
  of_base "$INPUT_BASELINE"
  baseline=$decides
  judge "$policy" "$baseline" "$checked" || status=$(($? > status ? $? : status))
  [ ! -e "$checked.md" ] || echo "policy-sarif=$checked.sarif" >> "$GITHUB_OUTPUT"
  if [ "$policy" != "$INPUT_POLICY" ] || [ "$baseline" != "$INPUT_BASELINE" ]; then
    echo "By the policy and the baseline of the change:" >> "$GITHUB_STEP_SUMMARY"
    found=0
    judge "$INPUT_POLICY" "$INPUT_BASELINE" "$checked-changed" || found=$?
    tell notice "by the policy and the baseline of the change, the check exits with $found"
    [ "$found" -lt 2 ] || status=$found
  fi
fi
[ "$status" -lt 2 ] || tell error "not everything could be read, or is looked into: the log of this step names it"
exit "$status"
