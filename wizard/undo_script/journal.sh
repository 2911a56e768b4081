set -u
umask 077
unset CDPATH IFS
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

# In a session of its own, so that a terminal that closes does not end it half-way.
if [ -z "${STEPDOWN_UNDO-}" ] && command -v setsid >/dev/null; then
	STEPDOWN_UNDO=1 exec setsid --wait sh "$0"
fi
trap : HUP PIPE

original=$run/original
journal=$run/journal.jsonl
log=$run/undo.log
out=$run/undo.out
failures=0
exceptions=0
seq=0
reached=
came=
again=
ran=
ours=
everything=

# --- telling ---------------------------------------------------------------------------------------

say() {
	printf '%s\n' "$*"
	{ printf '%s\n' "$*" >>"$log"; } 2>/dev/null
}

# Not undone: a person has to look.
failed() {
	failures=$((failures + 1))
	say "NOT undone: $*"
	output "NOT undone: $*" false
	[ -z "${operation-}" ] || state_of failed
}

# Undone, but something is not as it was, and this says what.
except() {
	exceptions=$((exceptions + 1))
	say "exception: $*"
	output "$*" true
}

# --- the journal -----------------------------------------------------------------------------------

# One line of JSON, for `stepdown status` and `attach`. What a full disk does not take is lost.
note() {
	seq=$((seq + 1))
	{ printf '{"type":"%s","seq":%s,"time":%s,%s}\n' "$1" "$seq" "$(date +%s.%N)" "$2" >>"$journal"; } 2>/dev/null
}

phase() {
	note phase "\"phase\":\"$1\",\"message\":\"$(json "$2")\",\"deadline\":0.0,\"code\":$3"
	sync -- "$journal" 2>/dev/null
}

output() {
	note output "\"step\":\"${step-}\",\"text\":\"$(json "$1")\",\"exception\":$2"
}

json() {
	printf '%s' "$1" | tr '\000-\037\177-\377' '?' | sed 's/["\\]/\\&/g'
}

# begun STEP OPERATION: whether it may have happened and is to be undone. Its intention is on disk
# before each act. Where there is no journal any more everything is taken as begun.
begun() {
	step=$1 operation=$2
	if [ -z "$everything" ]; then
		case $again$(last 'intent\|undone') in
		intent | yesintent | yesundone) ;;
		*) return 1 ;;
		esac
	fi
	reached=yes
	came=$(last 'intent\|undoing\|undone')
	state_of undoing
}

# Whether anything ever was, undone since or not.
ever_begun() {
	[ -n "$everything" ] || grep -a -q '^{"type":"op",.*,"state":"intent"' "$journal"
}

# The operation's last state of those asked for.
last() {
	grep -a -o "$(line "\\($1\\)")" "$journal" 2>/dev/null | tail -n 1 | sed 's/"$//; s/.*"//'
}

# A pattern for the beginning of the operation's line in the journal.
line() {
	printf '^{"type":"op","seq":[0-9]*,"time":[0-9.e+]*,"plan_digest":"[0-9a-f]*","step":"%s","op":%s,"state":"%s"' \
		"$step" "$operation" "$1"
}

undone() {
	state_of undone
}

state_of() {
	note op "\"plan_digest\":\"$digest\",\"step\":\"$step\",\"op\":$operation,\"state\":\"$1\""
	sync -- "$journal" 2>/dev/null
}

# Once an undo has failed all is undone again: the host went on half-way, and its own tools may have
# taken back what was given back.
failed_before() {
	sed -n '/^{"type":"op",.*"state":"undoing"/,$p' "$journal" |
		grep -a -q '^{"type":"op",.*"state":"failed"'
}

