#!/usr/bin/env bash
# A semester through the REST interface, on the demo campus: a student fills a KRS and submits it, the advisor returns it
# with a note and then approves it, the lecturer enters scores (one out of range first) and publishes, the student reads
# KHS and transcript, and the SKS ceiling of the next plan follows from them. An admin adds a prerequisite that would make
# a cycle, and is refused.
#
#   cargo run --release                      # in another terminal
#   examples/semester.sh [http://127.0.0.1:8081]
#
# It changes the demo campus for good: a second run finds the plan approved and the grades published, and says so. Needs
# bash, curl and jq.
# The accounts may be others, by the variables below.
set -euo pipefail

api=${1:-http://127.0.0.1:8081}/api/v1
password=${PASSWORD:-kampus-demo-2026}
student_name=${STUDENT:-2505010007}
lecturer_name=${LECTURER:-9904038107}
admin_name=${ADMIN:-admin.if}
period=${PERIOD:-20261}
graded=${GRADED:-20252}

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'semester.sh: %s\n' "$*" >&2; exit 1; }

# call METHOD PATH [JSON] [VERSION]: prints the body; the status goes to $status_file, so that a refusal can be looked at.
status_file=$(mktemp)
trap 'rm -f "$status_file"' EXIT
call() {
    local method=$1 path=$2 body=${3-} version=${4-}
    local arguments=(--silent --show-error --request "$method" --write-out '\n%{http_code}')
    [[ -n ${token-} ]] && arguments+=(--header "authorization: Bearer $token")
    [[ -n $body ]] && arguments+=(--header 'content-type: application/json' --data "$body")
    [[ -n $version ]] && arguments+=(--header "if-match: \"$version\"")
    [[ $method == POST ]] && arguments+=(--header "idempotency-key: $(cat /proc/sys/kernel/random/uuid)")
    local answer
    answer=$(curl "${arguments[@]}" "$api$path")
    tail -n 1 <<<"$answer" >"$status_file"
    sed '$d' <<<"$answer"
}
# The same, when it must succeed.
must() {
    local answer
    answer=$(call "$@")
    [[ $(<"$status_file") == 2* ]] || fail "$1 $2: $(<"$status_file") $answer"
    printf '%s\n' "$answer"
}
# The same, when it must be refused with this reason: refused REASON METHOD PATH ...
refused() {
    local reason=$1 answer
    shift
    answer=$(call "$@")
    [[ $(<"$status_file") == 4* ]] || fail "$1 $2 was not refused: $answer"
    jq -e --arg reason "$reason" '[.reason, .errors[]?.reason] | index($reason)' >/dev/null <<<"$answer" ||
        fail "$1 $2 was refused, but not as $reason: $answer"
    jq -r '"   refused: " + ([.errors[]?.reason] | if length == 0 then "'"$reason"'" else join(", ") end)' <<<"$answer"
}
log_in() {
    token=
    token=$(must POST /sessions "$(jq -n --arg u "$1" --arg p "$password" '{user_name: $u, password: $p}')" |
        jq -r .access_token)
}
points() { jq -r '"   IPS " + (.semester.gpa_hundredths / 100 | tostring) + ", IPK " + (.semester.cumulative_hundredths / 100 | tostring)'; }

say "The student's plan before the grades of $graded are out"
log_in "$student_name"
student=$(must GET /me | jq -r .student_id)
plans=/students/$student/plans
before=$(must GET "$plans/$period")
jq -r '"   state \(.state), \(.credits) of \(.ceiling.credits) SKS, ceiling by \(.ceiling.reason) \(.ceiling.last_gpa_hundredths // "")"' <<<"$before"

if [[ $(jq -r .state <<<"$before") =~ ^(none|draft|returned)$ ]]; then
    say "It fills the plan and submits it"
    while :; do
        choices=$(must GET "$plans/$period/choices?takeable=true&limit=1")
        class=$(jq -r '.items[0].class.id // empty' <<<"$choices")
        plan=$(must GET "$plans/$period")
        [[ -n $class && $(jq .credits <<<"$plan") -lt 15 ]] || break
        must POST "$plans/$period/items" "$(jq -n --arg c "$class" '{class_id: $c}')" |
            jq -r '"   took " + ([.items[].class.course.code] | join(" "))'
    done
    must POST "$plans/$period/submission" '' "$(jq .version <<<"$plan")" | jq -r '"   state " + .state'

    say "The advisor returns it with a note; the student submits it again; the advisor approves"
    log_in "$lecturer_name"
    version=$(must GET "$plans/$period" | jq .version)
    refused required POST "$plans/$period/return" '{"note": ""}' "$version"
    must POST "$plans/$period/return" '{"note": "Tambah satu mata kuliah wajib bila masih ada kursi."}' "$version" |
        jq -r '"   state \(.state): \(.note)"'
    log_in "$student_name"
    version=$(must GET "$plans/$period" | jq .version)
    must POST "$plans/$period/submission" '' "$version" | jq -r '"   state " + .state'
    log_in "$lecturer_name"
    version=$(must GET "$plans/$period" | jq .version)
    must POST "$plans/$period/approval" '' "$version" | jq -r '"   state " + .state'
else
    say "It has submitted its plan already"
    log_in "$lecturer_name"
fi
must GET "$plans/$period/steps" | jq -r '.items[] | "   \(.at) \(.actor) \(.deed)"'

say "The lecturer enters the scores that are missing in $graded, and publishes"
lecturer=$(must GET /me | jq -r .lecturer_id)
sheets=$(must GET "/sheets?period=$graded&lecturer_id=$lecturer&limit=200")
open=$(jq -r '.items[] | select(.lead and .state != "published") | .class_id' <<<"$sheets")
[[ -n $open ]] || echo "   every sheet is published already"
for class in $open; do
    sheet=$(must GET "/classes/$class/sheet")
    jq -r '"   \(.summary.course_code) \(.summary.class_name): \(.summary.complete) of \(.summary.students) complete"' <<<"$sheet"
    first=$(jq '{rows: [.rows[0] | {student_id, version, scores: [{component_id: .scores[0].component_id, score_hundredths: 12000}]}]}' <<<"$sheet")
    refused score-out-of-range PUT "/classes/$class/sheet/scores" "$first"
    missing=$(jq '{rows: [.rows[] | select(any(.scores[]; .score_hundredths == null)) |
        {student_id, version, scores: [.scores[] | select(.score_hundredths == null) | {component_id, score_hundredths: 8800}]}]}' <<<"$sheet")
    if [[ $(jq '.rows | length' <<<"$missing") -gt 0 ]]; then
        must PUT "/classes/$class/sheet/scores" "$missing" | jq -r '"   \(.summary.complete) of \(.summary.students) complete"'
    fi
    version=$(must GET "/classes/$class/sheet" | jq .version)
    must POST "/classes/$class/sheet/publication" '' "$version" |
        jq -r '"   " + .summary.state + ": " + ([.distribution[] | select(.students > 0) | "\(.letter) \(.students)"] | join(", "))'
done

say "The student reads the KHS and the transcript; the sums are done again here"
log_in "$student_name"
result=$(must GET "/students/$student/semesters/$graded")
jq -r '.results[] | "   \(.course_code) \(.course_name) \(.credits) SKS \(.letter)"' <<<"$result"
points <<<"$result"
jq -e '[.results[] | select(.letter != "")] as $done |
    ([$done[] | .credits * .points_hundredths] | add) / ([$done[].credits] | add) | floor' <<<"$result" |
    grep -qx "$(jq .semester.gpa_hundredths <<<"$result")" || fail "the IPS is not what its rows say"
transcript=$(must GET "/students/$student/transcript")
jq -r '"   \(.credits_passed) SKS passed, IPK \(.cumulative_hundredths / 100)"' <<<"$transcript"
jq -e '[.results[] | select(.superseded | not)] as $counted |
    ([$counted[] | .credits * .points_hundredths] | add) / ([$counted[].credits] | add) | floor' <<<"$transcript" |
    grep -qx "$(jq .cumulative_hundredths <<<"$transcript")" || fail "the IPK is not what its rows say"

say "The ceiling follows, as soon as course-svc has heard of the grades"
wanted=$(jq .semester.gpa_hundredths <<<"$result")
for _ in $(seq 50); do
    after=$(must GET "$plans/$period")
    [[ $(jq .ceiling.last_gpa_hundredths <<<"$after") == "$wanted" ]] && break
    sleep 0.1
done
jq -r '"   \(.ceiling.credits) SKS by \(.ceiling.reason) \(.ceiling.last_gpa_hundredths)"' <<<"$after"
[[ $(jq .ceiling.last_gpa_hundredths <<<"$after") == "$wanted" ]] || fail "the ceiling does not follow from the IPS of $graded"
[[ $(jq .ceiling.credits <<<"$after") -ge $(jq .ceiling.credits <<<"$before") ]] || fail "the ceiling fell"

say "An admin adds a prerequisite that would make a cycle"
log_in "$admin_name"
course() { must GET "/courses?search=$1" | jq -r --arg code "$1" '.items[] | select(.code == $code) | .id'; }
early=$(course IF101)
late=$(course IF104)
version=$(must GET "/courses/$early/prerequisites" | jq .version)
refused prerequisite-cycle PUT "/courses/$early/prerequisites" \
    "$(jq -n --arg late "$late" '{all_of: [{any_of: [{kind: "taken", course_id: $late}]}]}')" "$version"

say "Done"
