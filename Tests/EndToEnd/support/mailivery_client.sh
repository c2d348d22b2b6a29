#!/usr/bin/env bash
# A client as partners of Mailivery write it, in plain curl. Only MAILIVERY_BASE_URL is configurable. It is not aware of
# Hearth, and sends what Mailivery's documentation shows.
#
#   mailivery_client.sh connect EMAIL     prints the consent URL
#   mailivery_client.sh run EMAIL         the rest, once the owner has consented; prints each step
set -euo pipefail
base=${MAILIVERY_BASE_URL:-https://app.mailivery.io/api/v1}
key=${MAILIVERY_API_KEY:?}

# call METHOD PATH [CURL ARGUMENT...]: prints the body of a 200; any other status ends the script.
call() {
    local method=$1 path=$2 answer status
    shift 2
    answer=$(curl -sS -w '\n%{http_code}' -X "$method" "$base$path" -H "Authorization: Bearer $key" \
        -H 'Accept: application/json' "$@")
    status=${answer##*$'\n'} answer=${answer%$'\n'*}
    if [ "$status" != 200 ] || [ "$(jq -r .success <<<"$answer")" != true ]; then
        printf '%s %s: %s %s\n' "$method" "$path" "$status" "$answer" >&2
        return 1
    fi
    printf '%s\n' "$answer"
}

# verb ID VERB: a PATCH without a body, but with the Content-Type that the reference pages offer.
verb() { call PATCH "/campaigns/$1/$2" -H 'Content-Type: multipart/form-data'; }

# expect WHAT WANTED FILTER: checks a member of the response on standard input.
expect() {
    local found
    found=$(jq -c "$3")
    [ "$found" = "$2" ] || { printf '%s: %s instead of %s\n' "$1" "$found" "$2" >&2; return 1; }
    printf '%s: %s\n' "$1" "$found"
}

connect() {
    call GET /campaigns >/dev/null # the smoke test that the getting-started page recommends
    call POST /campaigns/ms-graph -H 'Content-Type: application/json' --data-binary @- <<JSON | jq -r .data.url
{"email": "$1", "first_name": "Ann", "last_name": "Lee", "email_per_day": 22, "response_rate": 30,
 "warmup_audience_type": "inherit", "meta": {"tags": "sales,emea"}}
JSON
}

run() {
    local id
    id=$(call GET /campaigns | jq --arg email "$1" '.data[] | select(.email == $email) | .id')
    call GET "/campaigns/$id" | expect 'after consent' '["pending","ms-graph","outlook",["sales","emea"],22]' \
        '.data | [.status_code, .imap_type, .smtp_type, .tags, .email_per_day]'
    verb "$id" start-warmup | expect start '"active"' .data.status_code
    call GET /account/limits | expect limits '22' .data.email_per_day.used
    verb "$id" get-metrics | expect metrics '"object"' '.data | type'
    verb "$id" get-health-score | expect 'health score' 'true' '.data | has("grade") and has("spf") and has("dmarc") and has("mx")'
    verb "$id" pause-warmup | expect pause '"paused"' .data.status_code
    verb "$id" resume-warmup | expect resume '"active"' .data.status_code
    call DELETE "/campaigns/$id" | expect delete 'true' .success
    # Two forms, as the connect pages require: multipart, and urlencoded.
    call POST /campaigns/ms-graph -F "email=$1" -F first_name=Ann -F email_per_day=20 -F with_rampup=true -F tags=a,b |
        expect 'multipart form' '"string"' '.data.url | type'
    call POST /campaigns/ms-graph --data-urlencode "email=$1" -d email_per_day=20 -d rampup_speed=slow |
        expect 'urlencoded form' '"string"' '.data.url | type'
}

"$@"
