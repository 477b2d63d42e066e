#!/usr/bin/env bash
# The one step of action.yml: its inputs are in the environment, as INPUT_…
set -euo pipefail

fail() {
  echo "::error::$1" >&2
  exit 2
}

# -I: what stands in the work tree under the name of a Python module is not run.
if ! command -v rbacgraph > /dev/null; then
  "$INPUT_PYTHON" -I -m venv "$RUNNER_TEMP/rbacgraph-venv"
  "$RUNNER_TEMP/rbacgraph-venv/bin/pip" install --quiet "$(dirname "$0")/../../.."
  PATH="$RUNNER_TEMP/rbacgraph-venv/bin:$PATH"
fi

lines() { grep -v '^[[:space:]]*$' <<< "$1" || true; }
mapfile -t paths < <(lines "$INPUT_PATHS")
mapfile -t files < <(lines "$INPUT_FILES" | sed 's/^/--filename=/')
markdown="$RUNNER_TEMP/rbacgraph.md" sarif="$RUNNER_TEMP/rbacgraph.sarif"

status=0

# The first push of a branch has a base of zeros: nothing to compare with.
if [ -z "${INPUT_BASE//0/}" ]; then
  [ -n "$INPUT_POLICY" ] || fail "nothing tells what to compare with: give the input base"
  echo "::notice::nothing tells what to compare with: the policy alone is checked"
else
  if ! git cat-file -e "$INPUT_BASE^{commit}" 2> /dev/null; then
    git fetch --quiet --depth=1 -- origin "$INPUT_BASE" ||
      fail "the revision $INPUT_BASE is not here: check out with fetch-depth: 0"
  fi
  asked=(rbacgraph diff --git "$INPUT_BASE..HEAD" "${files[@]}")
  "${asked[@]}" -o "$markdown" -- "${paths[@]}"
  cat "$markdown" >> "$GITHUB_STEP_SUMMARY"
  {
    echo "markdown=$markdown"
    echo "sarif=$sarif"
  } >> "$GITHUB_OUTPUT"
  "${asked[@]}" ${INPUT_FAIL_ON:+--fail-on "$INPUT_FAIL_ON"} -o "$sarif" -- "${paths[@]}" || status=$?
fi

if [ -n "$INPUT_POLICY" ]; then
  checked="$RUNNER_TEMP/rbacgraph-policy"
  asked=(rbacgraph check --policy "$INPUT_POLICY" ${INPUT_BASELINE:+--baseline "$INPUT_BASELINE"})
  asked+=("${files[@]}" "${paths[@]/#/--filename=}")
  "${asked[@]}" -o "$checked.sarif" || status=$(($? > status ? $? : status))
  "${asked[@]}" -o "$checked.md" 2> /dev/null || true
  if [ -e "$checked.md" ]; then
    cat "$checked.md" >> "$GITHUB_STEP_SUMMARY"
    echo "policy-sarif=$checked.sarif" >> "$GITHUB_OUTPUT"
  fi
fi
exit "$status"
