# --- commands --------------------------------------------------------------------------------------

# undo_command STEP OPERATION SECONDS CODES FILES COMMAND...: COMMAND undoes it; CODES are fine. FILES
# is a function that lists what the operation's own command rewrote or left, and what COMMAND ends; or `-`.
undo_command() {
	begun "$1" "$2" || return 0
	seconds=$3 codes=$4 files=$5
	shift 5
	case $step in
	account-user | account-group)
		if [ "$failures" -gt 0 ]; then
			failed "$step: the account is kept: something may still be its own"
			return
		fi
		;;
	esac
	tidy "$files"
	changed=no gone='' action=look
	[ "$files" = - ] || "$files"
	if [ "$changed" = nothing ]; then
		say "$step: its command changed nothing, so there is nothing to undo"
	elif [ "$gone" = yes ]; then
		say "$*: is gone with what it would end"
	elif ! command_ends "$seconds" "$codes" "$@" && ! is_so_already; then
		if [ "$came" != undone ]; then
			failed "$*: ended with code $code"
			return
		fi
		say "$*: ended with code $code; it was undone before"
	fi
	tidy "$files"
	before_files=$failures action=back
	[ "$files" = - ] || "$files"
	[ "$failures" = "$before_files" ] && undone
}

# A start where Sendmail runs, or a stop where it does not, fails with some service managers: after one
# that was killed before it did anything.
is_so_already() {
	case $step in
	service-stop) until_true 3 answers "$smtp" "$sockets" || stop_and_start_once ;;
	service-start) is_closed "$sockets" ;;
	*) return 1 ;;
	esac && say "$step: it is so already"
}

# It was started in the middle of an earlier undo, with a cf that is not the old one.
stop_and_start_once() {
	say "$smtp does not answer: it is stopped first"
	stop_and_start
	until_true 30 answers "$smtp" "$sockets"
}

# command_ends SECONDS CODES COMMAND...: run it as stepdown would, and tell what it prints. It goes to a
# file: what a daemon inherits must not keep us waiting. Descriptor 9 is the lock.
command_ends() {
	limit=$1 fine=$2 ran=yes
	shift 2
	say "$*"
	{ : >"$out"; } 2>/dev/null || out=/dev/null
	(
		umask 022
		cd / && exec env -i PATH="$PATH" LC_ALL=C HOME=/ TERM=dumb SYSTEMD_PAGER= \
			STEPDOWN_COMMAND="$id/${step-}/${operation-}" timeout -k 5 "$limit" "$@" </dev/null >"$out" 2>&1 9<&-
	)
	code=$?
	[ ! -s "$out" ] || say "$(sed 's/^/    /' "$out")"
	case " $fine " in
	*" $code "*) return 0 ;;
	esac
	return 1
}

# touches KIND PATH BEFORE: one such file. KIND is `own`, or `derived` where it is made from others,
# so that nothing of anybody's is lost with it. BEFORE is its SHA-256, `absent`, or `later` where an
# operation that is undone further down gives it back.
touches() {
	case $action in
	look | back) ;;
	*) return ;;
	esac
	kind=$1 path=$2 before=$3
	now=absent
	! above "$path" || now=$(digest_of "./$name")
	if [ "$action" = look ]; then
		look
	elif [ "$before" = later ]; then
		return
	elif is_ours "$path" || as_before "$path" "$before" "$(digest_of "$original${path%-}")"; then
		if above "$path"; then
			rm -f -- "./.$name.stepdown-new"
			give_back "$path" "$before"
		elif [ "$before" != absent ]; then
			failed "$path: there is no safe way to its directory"
		fi
	elif [ "$kind" = derived ] && above "$path" && generated "./$name" && generated "$original$path"; then
		aside "$path"
		give_back "$path" "$before"
	else
		except "$path was changed by others since; left as it is now"
	fi
}

# made_anew STEP PATH: the last of all, where a start of the relay's made the file anew.
made_anew() {
	ever_begun && above "$2" && generated "./$name" && generated "$original$2" || return 0
	step=$1 operation=''
	cmp -s -- "$original$2" "./$name" || aside "$2"
	give_back "$2" "$(digest_of "$original$2")"
}

# generated FILE: whether it says itself that a tool made it from others.
generated() {
	[ -f "$1" ] && [ ! -L "$1" ] && head -c 1024 -- "$1" | grep -a -q '^#.*automa[tg]ically generated'
}

# Before the undo runs: did the command change anything, and has anybody since?
look() {
	found=$(recorded "$path")
	[ -n "$found" ] || found=$before
	if [ "$kind" = derived ]; then
		# An earlier undo of it may have made them anew.
		{ [ -n "$(last 'done')" ] && [ "$came" = intent ]; } || ours="$ours $path
"
	elif as_before "$path" "$found" "$(recorded "${path%-}")"; then
		[ "$changed" = no ] && changed=nothing
	else
		changed=yes
	fi
	left=$now
	[ "$left" = absent ] && left=
	if grep -a "$(line 'done')" "$journal" 2>/dev/null | tail -n 1 | grep -a -q -F "\"$path\":\"$left\""; then
		ours="$ours $path
"
	fi
}

is_ours() {
	case $ours in
	*" $1
"*) return 0 ;;
	esac
	return 1
}

# recorded PATH: what the journal says that the command found, its SHA-256 or `absent`.
recorded() {
	grep -a "$(line intent)" "$journal" 2>/dev/null | tail -n 1 | sed 's/"\/[^"]*":{"state"/\n&/g' |
		grep -a -F "\"$1\":{\"state\"" |
		sed -n 's/.*"blob":"\([0-9a-f]*\)".*/\1/p; t; s/.*"kind":"absent".*/absent/p'
}

# as_before PATH BEFORE OTHER: whether it holds what it held; or, for a backup NAME-, whether NAME holds
# OTHER, what that held. shadow's tools keep such backups, and leave an empty lock.
as_before() {
	above "$1" || return 1
	is_now=$(digest_of "./$name")
	[ "$is_now" = "$2" ] && return
	[ "$action" = back ] && but_for_own "$1" && return
	[ "$2" = absent ] && [ -f "./$name" ] && [ ! -s "./$name" ] && return
	case $1 in
	*-) [ "$(digest_of "./${name%-}")" = "$3" ] ;;
	*) return 1 ;;
	esac
}

# What only looked, or waited.
nothing_to_undo() {
	begun "$1" "$2" || return 0
	undone
}

cannot_be_undone() {
	begun "$1" "$2" || return 0
	shift 2
	except "$* cannot be undone"
	undone
}

# The same but for lines of the account itself: what a killed groupdel leaves half-way.
but_for_own() {
	case $step in
	account-user | account-group) ;;
	*) return 1 ;;
	esac
	[ -f "./$name" ] && [ ! -L "./$name" ] && [ -f "$original$1" ] &&
		[ "$(others <"./$name")" = "$(others <"$original$1")" ]
}

others() {
	grep -a -v -e "^$user:" -e "^$group:" | sha256sum
}

# tidy FILES: remove what a command left that was killed, the undo's own too: locks, half-written copies,
# which FILES lists with `leaves`. What was there before it is somebody else's.
tidy() {
	[ "$1" != - ] || return 0
	held='' action=hold
	"$1"
	if [ -n "$held" ]; then
		say "$held is held by a process that lives; it is left alone"
		return
	fi
	action=tidy
	"$1"
}

# leaves DIRECTORY PATTERN. A lock holds the number of the process that holds it. Where anybody may make
# files, only root's count.
leaves() {
	case $action in
	hold | tidy) ;;
	*) return ;;
	esac
	enter "$1" || return 0
	# shellcheck disable=SC2086  # it is a pattern
	for entry in ./$2; do
		[ -f "$entry" ] && [ ! -L "$entry" ] && was_not_there "${1%/}/${entry#./}" || continue
		case $(stat -c '%A' .) in
		d???????w?) [ "$(stat -c %u -- "$entry")" = 0 ] || continue ;;
		esac
		if [ "$action" = tidy ]; then
			rm -f -- "$entry" && say "removed, as the command was killed that left it: $1/${entry#./}"
		elif [ "$(stat -c %s -- "$entry")" -le 64 ]; then
			process=$(tr -d '\000 \n' <"$entry")
			case $process in
			'' | *[!0-9]*) ;;
			*) [ ! -d "/proc/$process" ] || held=$1/${entry#./} ;;
			esac
		fi
	done
}

# Neither rewritten by the command nor there before it, by the journal.
was_not_there() {
	! grep -a "$(line intent)" "$journal" 2>/dev/null | tail -n 1 | grep -a -q -F "\"$1\""
}

# ends PATH: a program or unit of this run's own, without which the command has nothing to do.
ends() {
	[ "$action" = look ] || return 0
	if exists "$1"; then
		gone=no
	elif [ -z "$gone" ]; then
		gone=yes
	fi
}
