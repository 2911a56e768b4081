# --- the queue -------------------------------------------------------------------------------------

# What no relay's entry holds: a controlling user, a recipient that is a program, a file or a list, a
# data file that lies elsewhere.
foreign='^C|^[Rr][^:]*:?[[:space:]]*[<"\[:space:]]*([|/]|:[Ii][Nn][Cc][Ll][Uu][Dd][Ee]:)|^d([^f].*)?\.\.'

# undo_tree STEP OPERATION PATH UID RECORDS: a queue that was given to the account UID. RECORDS hold what
# each entry was before. Contents are never touched: entries that are still there get their owner, group
# and mode back; what arrived since becomes root's, with its directory's group.
undo_tree() {
	begun "$1" "$2" || return 0
	records=$run/snapshot/$5
	if [ ! -s "$records" ]; then
		undone
		return
	fi
	if ! enter "$3"; then
		except "$3 is not there any more"
		undone
		return
	fi
	say "$3: given back with all in it"
	before_tree=$failures
	give_tree_back "$4" "$3" || failed "$3: not everything in it could be given back"
	cd /
	rm -f -- "$run/undo.records" "$run/undo.dirs" "$run/undo.kinds"
	[ "$failures" = "$before_tree" ] && undone
}

# Here, in the tree. The account may be an attacker's, who swaps entries for links: so the directories
# are taken away first, from the top down, and given back last, from the bottom up.
give_tree_back() {
	sort_records || return 1
	top=$(sed -z -n 's/^\([0-9]*:[0-9]* [0-7]*\) \.$/\1/p' "$run/undo.records" | tr -d '\000')
	[ -n "$top" ] || return 0
	take "$1" "$top" && list_directories || return 1
	set_aside "$1" "$2"
	left_alone "$1" "$2"
	give_arrived "$1" && give_recorded && give_directories
}

# As `UID:GID MODE PATH`, sorted by path, NUL-terminated. What was recorded twice counts as it was first.
sort_records() {
	sed -n 's/^\(.*\)\x00\([0-9]*\)\x00\([0-9]*\)\x00\([0-7]*\)\x00[0-9]*$/\2:\3 0\4 \1/p' "$records" |
		tr '\n' '\000' |
		sed -z 's/\\\\/\x01/g; s/\\n/\n/g; s/\x01/\\/g' |
		sort -z -s -u -t ' ' -k 3 -T "$run" >"$run/undo.records"
}

take() {
	chown -- 0:0 . && chmod -- 00700 . || return 1
	find . -mindepth 1 -type d -user "$1" -printf "$2 %P\\0" \
		-exec chown -h -- 0:0 {} \; -exec chmod -- 00700 {} \; >"$run/undo.dirs"
}

# The recorded directories, and those that arrived since, which become what the top is; children first.
list_directories() {
	kinds >"$run/undo.kinds"
	while read -r owner mode; do
		names "$owner" "$mode" | xargs -0 -r sh -c '
			kind=$1
			shift
			find "$@" -maxdepth 0 -type d -printf "$kind %p\\0"' sh "$owner $mode" 2>/dev/null
	done <"$run/undo.kinds" | sed -z 's, \./, ,' >"$run/undo.listed"
	cat -- "$run/undo.listed" "$run/undo.dirs" | sort -z -s -u -t ' ' -k 3 -T "$run" |
		sort -z -r -t ' ' -k 3 -T "$run" >"$run/undo.sorted" &&
		mv -f -- "$run/undo.sorted" "$run/undo.dirs" && rm -f -- "$run/undo.listed"
}

# The recorded owners and modes, a line each.
kinds() {
	sed -z 's/^\([^ ]* [^ ]*\) .*/\1/' "$run/undo.records" | sort -z -u -T "$run" | tr '\000' '\n'
}

# names OWNER MODE: the entries recorded with them, as ./PATH.
names() {
	sed -z -n "s,^$1 $2 ,./,p" "$run/undo.records"
}

# An entry that no relay has written is set aside, by Sendmail's own mark for what it must not run: Qf.
set_aside() {
	{
		find . -name 'qf*' -user "$1" ! -type d \( ! -type f -o ! -links 1 -o -size +16777216c \) -print0
		find . -name 'qf*' -user "$1" -type f -links 1 ! -size +16777216c -print0 |
			xargs -0 -r grep -a -l -Z -E -e "$foreign" --
	} 2>/dev/null | xargs -0 -r sh -c '
		for one do
			name=${one##*/}
			aside=${one%/*}/Q${name#q}
			while [ -e "$aside" ] || [ -L "$aside" ]; do aside=$aside.set-aside; done
			mv -T -- "$one" "$aside" && chown -h -- 0:0 "$aside" && printf "%s\n" "${one#./}"
		done' sh >"$run/undo.aside" 2>/dev/null
	told "$2" "$run/undo.aside" "no relay has written it; renamed to Qf, which Sendmail does not run"
}

left_alone() {
	find . ! -type d \( ! -type f -o ! -links 1 \) -user "$1" -printf '%P\n' >"$run/undo.aside" 2>/dev/null
	told "$2" "$run/undo.aside" "a link, or a file with several, or no file; left alone"
}

# told TREE FILE WHAT: each line of FILE is an exception.
told() {
	while read -r entry; do
		except "$1/$entry: $3"
	done <"$2"
	rm -f -- "$2"
}

# Root's Sendmail runs its own entries and loses those of a third account.
give_arrived() {
	xargs -0 -r -n 1 sh -c '
		mode_path=${2#* } owner=${2%% *}
		find "./${mode_path#* }" -maxdepth 1 -type f -links 1 -user "$1" \
			-exec chown -h -- "0:${owner#*:}" {} +' sh "$1" <"$run/undo.dirs"
}

give_recorded() {
	kinds >"$run/undo.kinds"
	while read -r owner mode; do
		names "$owner" "$mode" | xargs -0 -r sh -c '
			owner=$1 mode=$2
			shift 2
			find "$@" -maxdepth 0 -type f -links 1 -exec chown -h -- "$owner" {} + \
				! -perm "$mode" -exec chmod -- "$mode" {} +' sh "$owner" "$mode" 2>/dev/null
	done <"$run/undo.kinds"
	rm -f -- "$run/undo.kinds"
}

give_directories() {
	xargs -0 -r -n 1 sh -c '
		mode_path=${1#* } owner=${1%% *}
		mode=${mode_path%% *} path=./${mode_path#* }
		[ ! -d "$path" ] || { chown -h -- "$owner" "$path" && chmod -- "$mode" "$path"; }' sh <"$run/undo.dirs"
}
