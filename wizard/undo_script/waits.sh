# --- waiting ---------------------------------------------------------------------------------------

# until_true SECONDS TEST...: whether TEST came true in time.
until_true() {
	tries=$(($1 * 10))
	shift
	while ! "$@"; do
		[ "$tries" -gt 0 ] || return 1
		tries=$((tries - 1))
		sleep 0.1
	done
}

# reached: whether anything was begun before which this wait stands.
await_account_idle() {
	[ -n "$reached" ] || return 0
	step=$1 operation=''
	until_true 10 is_idle "$2" && return
	for signal in TERM KILL; do
		for process in $(processes_of "$2"); do
			say "sends SIG$signal: $process $(title "$process")"
			kill -s "$signal" "$process" 2>/dev/null
		done
		until_true 10 is_idle "$2" && return
	done
	failed "processes of uid $2 do not end: $(processes_of "$2")"
}

# Pids with the uid as their real, effective or saved one, proc(5).
processes_of() {
	grep -l -s -E "^Uid:[0-9[:space:]]*[[:space:]]$1([[:space:]]|\$)" /proc/[0-9]*/status |
		sed 's,/proc/,,; s,/.*,,'
}

is_idle() {
	[ -z "$(processes_of "$1")" ]
}

title() {
	{ tr '\000' ' ' <"/proc/$1/cmdline"; } 2>/dev/null
}

# await_closed STEP ADDRESS:PORT SOCKETS SECONDS: nobody listens there any more. SOCKETS is how /proc/net
# writes the address, and all addresses. A Sendmail that the service manager lost is asked to end.
await_closed() {
	[ -n "$reached" ] || return 0
	step=$1 operation=''
	until_true "$4" is_closed "$3" && return
	for process in $(listeners "$3"); do
		case $(title "$process") in
		'sendmail: '*)
			say "asks to end: $process $(title "$process")"
			kill -s TERM "$process" 2>/dev/null
			;;
		esac
	done
	until_true 10 is_closed "$3" || failed "somebody still listens on $2"
}

# State 0A is LISTEN.
sockets_at() {
	grep -h -s -E "^ *[0-9]+: ($1) [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6
}

is_closed() {
	! sockets_at "$1" >/dev/null
}

listeners() {
	for inode in $(sockets_at "$1" | sed 's/^ *//; s/  */ /g' | cut -d ' ' -f 10); do
		find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\\[$inode\\]" 2>/dev/null
	done | sed 's,/proc/,,; s,/.*,,' | sort -u
}

await_answer() {
	[ -n "$reached" ] || return 0
	step=$1 operation=''
	until_true "$4" answers "$2" "$3" || failed "waited $4 s in vain for $2 to answer"
}

# Somebody listens, and greets with 220 where there is bash(1) to see it: sh(1) has no sockets.
answers() {
	! is_closed "$2" || return 1
	command -v bash >/dev/null || return 0
	at=${1%:*}
	at=${at#\[}
	timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/$1" && IFS= read -r said <&3 || exit 1
		case $said in 220*) printf "QUIT\r\n" >&3 ;; *) exit 1 ;; esac' "${at%\]}" "${1##*:}" 2>/dev/null 9<&-
}

# A SIGHUP is only a request: the pid file names another process once the daemon began anew.
remember_daemon() {
	ran='' daemon=$(head -n 1 -- "$1" 2>/dev/null)
}

await_anew() {
	[ -n "$ran" ] || return 0
	step=$1 operation=''
	until_true "$3" is_anew "$2" || failed "waited $3 s in vain for the daemon to start itself anew"
}

is_anew() {
	[ -s "$1" ] && [ "$(head -n 1 -- "$1")" != "$daemon" ]
}

# The relay answers at the end, whatever the service manager says. What
# did not come up the first time is stopped and started once more, by stop_and_start.
bring_back() {
	ever_begun || return 0
	step=service-stop operation=''
	answers "$smtp" "$sockets" && return
	say "$smtp does not answer"
	stop_and_start
	until_true 30 answers "$smtp" "$sockets" || failed "$smtp does not answer: Sendmail is not running"
}

# Commands that an engine had started when it was killed, and that still run: nothing is undone beside
# them. Each carries the run's mark, as does what it started; a daemon has a session of its own.
await_orphans() {
	until_true 180 no_orphans && return
	for signal in TERM KILL; do
		for process in $(orphans); do
			say "its time is up; sends SIG$signal: $process $(title "$process")"
			kill -s "$signal" "$process" 2>/dev/null
		done
		until_true 5 no_orphans && return
	done
	failed "a command of the engine that was killed still runs: $(orphans)"
}

no_orphans() {
	[ -z "$(orphans)" ]
}

orphans() {
	marked=$(grep -l -s -a -z "^STEPDOWN_COMMAND=$id/" /proc/[0-9]*/environ | sed 's,/proc/,,; s,/.*,,')
	leaders=' '
	for process in $marked; do
		! is_command "$(title "$process" | sed 's/ *$//')" || leaders="$leaders$process "
	done
	for process in $marked; do
		session=$({ sed 's/.*) //' "/proc/$process/stat" | cut -d ' ' -f 4; } 2>/dev/null)
		case $leaders in
		*" $process "* | *" $session "*) printf '%s\n' "$process" ;;
		*) [ -d "/proc/${session:-self}" ] || printf '%s\n' "$process" ;;
		esac
	done
}
