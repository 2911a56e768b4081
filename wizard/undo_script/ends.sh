# --- beginning and end -----------------------------------------------------------------------------

begin() {
	if [ "$(id -u)" != 0 ]; then
		printf 'undo.sh: only root can undo it\n' >&2
		exit 1
	fi
	if [ "$(stat -c '%u %A' -- "$run")" != '0 drwx------' ]; then
		printf 'undo.sh: %s is not a directory that only root can open; it is not trusted\n' "$run" >&2
		exit 6
	fi
	alone
	[ -f "$journal" ] || everything=yes
	if [ -n "$everything" ]; then
		say "$journal is gone: everything is undone, begun or not"
	elif grep -a '^{"type":"phase"' "$journal" | tail -n 1 | grep -q '"phase":"rolled-back"'; then
		say "Run $id is undone already; nothing is left to do."
		exit 0
	fi
	[ -n "$everything" ] || ! failed_before || again=yes
	rm -f -- "$run/reserve"
	seq=$(wc -l 2>/dev/null <"$journal")
	[ -z "$(tail -c 1 -- "$journal" 2>/dev/null)" ] || { printf '\n' >>"$journal"; } 2>/dev/null
	say "$(date '+%Y-%m-%d %H:%M:%S'): undo.sh undoes run $id"
	phase rolling-back "by undo.sh" 0
	await_orphans
}

# One at a time: neither an engine nor a second undo.sh may be at work.
alone() {
	exec 9<>"$state/lock"
	if ! flock -w 2 -x 9; then
		printf 'undo.sh: another run is at work: %s\n' "$(cat -- "$state/lock")" >&2
		printf 'undo.sh: leave that to it; or end that process, then come again\n' >&2
		exit 1
	fi
	{ printf '%s pid %s since %s\n' "$id" $$ "$(date '+%Y-%m-%d %H:%M:%S')" >"$state/lock"; } 2>/dev/null
}

finish() {
	step='' operation=''
	cd / || exit 6
	compare
	rm -rf -- "$run/undo.out" "/run/stepdown-look-$id"
	[ ! -s "$run/original.incomplete" ] ||
		except "what could not be kept with its file: $(cat -- "$run/original.incomplete")"
	if [ "$failures" -gt 0 ]; then
		phase needs-attention "undo.sh: $failures things were not undone, each named in $log" 6
		say "NOT everything was undone: $failures things, each named above and in $log."
		say "Put right what is in its way, then run this again: it goes on where it was."
		end 6
	fi
	timer_away
	phase rolled-back "by undo.sh; $exceptions exceptions, each named in $log" 0
	say "All is undone. $exceptions exceptions, each named above and in $log."
	end 0
}

end() {
	{ : >"$state/lock"; } 2>/dev/null
	exit "$1"
}

# regroup DIRECTORY FROM TO: what was made since in a directory that was the group's. The group is gone
# now: left with its number, such a file would be the next group's.
regroup() {
	ever_begun && enter "$1" || return 0
	step=mail-directory operation=''
	for entry in ./* ./.[!.]* ./..?*; do
		[ "$(stat -c %g -- "$entry" 2>/dev/null)" = "$2" ] && [ ! -L "$entry" ] || continue
		name=${entry#./}
		give "$(stat -c %u -- "$entry"):$3" "$(stat -c 0%a -- "$entry")" &&
			except "$1/$name was made since; its group is as before"
	done
}

# The timer that would undo this run once more.
timer_away() {
	units=/etc/systemd/system timer=stepdown-unless-confirmed
	rm -f -- "$run/deadline"
	if grep -q -s -F "Run $id." "$units/$timer.service"; then
		command_ends 60 '0 1 5' systemctl --quiet disable --now "$timer.timer"
		command_ends 60 '0 1 5' systemctl --quiet disable "$timer.service"
		rm -f -- "$units/$timer.timer" "$units/$timer.service"
		command_ends 60 '0 1 5' systemctl daemon-reload
	fi
	! grep -q -s -F "Run $id." "/etc/cron.d/$timer" || rm -f -- "/etc/cron.d/$timer"
}

# Every file that was kept beside what is there now.
compare() {
	find "$original" -type f -exec sh -c '
		from=$1
		shift
		for kept do
			now=${kept#"$from"}
			if [ -f "$now" ] && [ ! -L "$now" ] && cmp -s -- "$kept" "$now" &&
				[ "$(stat -c "%u:%g %a %y" -- "$kept")" = "$(stat -c "%u:%g %a %y" -- "$now")" ]
			then printf "same\n"
			else printf "differs: %s\n" "$now"
			fi
		done' sh "$original" {} + >"$run/undo.compared" 2>/dev/null
	alike=$(grep -c '^same$' "$run/undo.compared")
	say "$alike files are as they were before the first change: content, owner, group, mode and time."
	differing=$(grep -a '^differs: ' "$run/undo.compared")
	[ -z "$differing" ] || say "$differing"
	rm -f -- "$run/undo.compared"
}
