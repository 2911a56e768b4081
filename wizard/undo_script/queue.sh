# --- the queue -------------------------------------------------------------------------------------

# A plain mailbox, as relays have them: nothing in which a program, a file or a list could hide.
first='[A-Za-z0-9_#$&\x27*+=?^`{}~.\x80-\xff-]'
head='[A-Za-z0-9_!#$&\x27*+=?^`{}~.\x80-\xff-]'
body='[A-Za-z0-9_!#$%&\x27*+/=?^`{|}~.\x80-\xff-]'
last='[A-Za-z0-9_#$%&\x27*+=?^`{}~.\x80-\xff-]'
domain='[][A-Za-z0-9_.:\x80-\xff-]'
mailbox="(($first|$head$body*$last)(@$domain+)?)?"

# For sed: names the control files in which anything is that no relay writes: a data file that lies
# elsewhere, a NUL, an address that is no plain mailbox or goes on in the next line.
foreign="
	/\\x00|^d([^f].*)?\\.\\./ b tell
	/^[ \\t]/ {
		x
		/^[RSd]/ b tell
		x
		d
	}
	h
	\\,^[RS], {
		\\,^(R([A-Za-z]*:)?|S)[[:space:]]*($mailbox|<$mailbox>)[[:space:]]*\$, ! b tell
		\\,!.*[|/], b tell
	}
	d
	:tell
	F
	d"

# Of the files named on standard input, each name ended by NUL, those that no relay has written. Mail for
# an alias has a controlling user, which is borne where every recipient is a mailbox of some host.
foreign_ones() {
	cat >"$run/undo.known"
	{
		xargs -0 -r sed -s -n -E "$foreign" -- <"$run/undo.known"
		xargs -0 -r grep -a -l -Z -e '^C' -- <"$run/undo.known" |
			xargs -0 -r grep -a -l -e '^R[^@]*$' --
	} | sort -u -T "$run"
}

# undo_tree STEP OPERATION PATH UID RECORDS OWNER [INNER ...]: a queue of the uid OWNER that was given to
# the account UID. RECORDS hold what each entry was before. Contents are never touched: entries that are
# still there get their owner, group and mode back; what arrived since becomes root's, with its
# directory's group. INNER: records of trees within it. They were walked before it, so this gives them
# what that made of them; their own undo comes after it, and is whole.
undo_tree() {
	begun "$1" "$2" || return 0
	records=$run/snapshot/$5
	top=$(list_records | top_of)
	if ! enter "$3"; then
		except "$3 is not there any more"
		undone
		return
	fi
	if [ -z "$top" ]; then
		if [ "$(stat -c %u .)" = "$4" ] && [ "$6" != "$4" ]; then
			failed "$3 belongs to uid $4, and what it was is not recorded in $records"
		else
			undone
		fi
		return
	fi
	if [ -e "$records/back" ] && [ "$(stat -c %u .)" != "$4" ]; then
		undone # by the undo of a later walk over the same tree
		return
	fi
	say "$3: given back with all in it"
	before_tree=$failures
	account=$4 tree=$3 own_step=$1 own_op=$2
	shift 6
	for inner do rm -f -- "$run/snapshot/$inner/back" "$run/snapshot/$inner/directories-back"; done
	set -- "$own_step" "$own_op" "$tree" "$account"
	give_tree_back "$4" "$3" || failed "$3: not everything in it could be given back"
	cd /
	rm -f -- "$run/undo.dirs" "$run/undo.list" "$run/undo.known"
	if [ "$failures" = "$before_tree" ]; then
		: >"$records/back"
		sync -- "$records"
		undone
	fi
}

# Here, in the tree. The account may be an attacker's, who swaps entries for links: so the directories
# are taken away first, from the top down, and given back last, from the bottom up.
give_tree_back() {
	take "$1" && list_directories || return 1
	set_aside "$1" "$2"
	left_alone "$1" "$2"
	give_arrived "$1" && give_recorded && set_parts_aside "$1" "$2" && give_directories
}

# A file of records for each `PASS KIND UID GID MODE`, told by its name; it holds names, each ended by
# NUL. The first pass over the tree comes first: its record of an entry is the one that counts.
list_records() {
	find "$records" -mindepth 1 -maxdepth 1 -type f -name '[0-9]*.[fd].*' -printf '%f\n' 2>/dev/null |
		sort -n
}

# names FILE: what it holds. A last name without its NUL was torn, and nothing was changed for it.
names() {
	if [ "$(tail -c 1 -- "$records/$1" | tr -d '\000' | wc -c)" = 0 ]; then
		cat -- "$records/$1"
	else
		head -z -n -1 -- "$records/$1"
	fi
}

# What the tree itself was, as `UID:GID MODE`; nothing where the walk had not begun.
top_of() {
	while IFS=. read -r pass kind uid gid mode worker; do
		[ "$kind" = d ] || continue
		if names "$pass.$kind.$uid.$gid.$mode.$worker" | grep -z -q -x -F .; then
			printf '%s:%s 0%s' "$uid" "$gid" "$mode"
			break
		fi
	done
}

take() {
	chown -- 0:0 . && chmod -- 00700 . || return 1
	find . -mindepth 1 -type d -user "$1" -printf "$top %P\\0" \
		-exec chown -h -- 0:0 {} \; -exec chmod -- 00700 {} \; >"$run/undo.dirs"
}

# The recorded directories, and those that arrived since, which become what the top is; children first.
list_directories() {
	list_records | while IFS=. read -r pass kind uid gid mode worker; do
		[ "$kind" != d ] || names "$pass.$kind.$uid.$gid.$mode.$worker" | sed -z "s,^,$uid:$gid 0$mode ,"
	done >"$run/undo.list" || return 1
	cat -- "$run/undo.dirs" >>"$run/undo.list" || return 1
	sort -z -s -u -t ' ' -k 3 -T "$run" -- "$run/undo.list" | sort -z -r -t ' ' -k 3 -T "$run" >"$run/undo.dirs"
}

# What no relay has written is set aside, by Sendmail's own mark for what it must not run: Qf. Where the
# tree has been the account's nobody's entry is trusted.
set_aside() {
	whose="-user $1"
	[ ! -e "$records/given" ] || whose=
	# shellcheck disable=SC2086  # words
	{
		find . \( -name 'qf?*' -o -name 'hf?*' \) $whose ! -type d \
			\( ! -type f -o ! -links 1 -o -size +16777216c -o -name '*
*' \) -print0
		find . \( -name 'qf?*' -o -name 'hf?*' \) $whose -type f -links 1 ! -size +16777216c \
			! -name '*
*' -print0 | foreign_ones | tr '\n' '\000'
	} >"$run/undo.list" 2>/dev/null
	xargs -0 -r sh -c '
		for one do
			name=${one##*/}
			aside=${one%/*}/Q${name#?}
			while [ -e "$aside" ] || [ -L "$aside" ]; do aside=$aside.set-aside; done
			mv -T -- "$one" "$aside" || exit 1
			[ -L "$aside" ] || [ ! -f "$aside" ] || [ "$(stat -c %h -- "$aside")" != 1 ] ||
				chown -h -- 0:0 "$aside"
			printf "%s\n" "${one#./}"
		done' sh <"$run/undo.list" >"$run/undo.aside" 2>/dev/null ||
		failed "$2: what no relay has written could not all be set aside"
	told "$2" "$run/undo.aside" "no relay has written it; renamed to Qf, which Sendmail does not run"
}

# A directory, or a link to one, that Sendmail would take for a part of its queue by its name; and a link
# that it would take for a file of a message: root would mail what it leads to. So too what is linked
# here and another's, where the kernel let the account do that. Where the tree has never been the
# account's, nobody but root has made a directory: one that is not recorded was not come to.
set_parts_aside() {
	given=/dev/null
	[ ! -e "$records/given" ] || given=.
	list_records | while IFS=. read -r pass kind uid gid mode worker; do
		[ "$kind" != d ] || names "$pass.$kind.$uid.$gid.$mode.$worker"
	done | sort -z -u -T "$run" >"$run/undo.known"
	{
		find "$given" -mindepth 1 -type d \( -name qf -o -name df -o -name xf \) -printf '%P\0' |
			sort -z | comm -z -23 - "$run/undo.known" | sort -z -r
		find . -type l -user "$1" \( -name qf -o -name df -o -name xf -o -name '[A-Za-z]f?*' \) -printf '%P\0'
		find "$given" -type f ! -links 1 ! -user "$1" -name '[A-Za-z]f?*' -printf '%P\0'
	} | xargs -0 -r sh -c '
		for one do
			aside=./${one%"${one##*/}"}set-aside.${one##*/}
			while [ -e "$aside" ] || [ -L "$aside" ]; do aside=$aside+; done
			mv -T -- "./$one" "$aside" && printf "%s\n" "$one"
		done' sh >"$run/undo.aside"
	told "$2" "$run/undo.aside" "made since, as a part of the queue; renamed to set-aside."
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

# The last pass first, so that the first one has the last word.
give_recorded() {
	list_records | sort -n -r | while IFS=. read -r pass kind uid gid mode worker; do
		[ "$kind" = f ] || continue
		names "$pass.$kind.$uid.$gid.$mode.$worker" | sed -z 's,^,./,' | xargs -0 -r sh -c '
			owner=$1 mode=$2
			shift 2
			find "$@" -maxdepth 0 -type f -links 1 -exec chown -h -- "$owner" {} + \
				! -perm "$mode" -exec chmod -- "$mode" {} +' sh "$uid:$gid" "0$mode"
	done 2>&1 | grep -a -v 'No such file or directory$' >"$run/undo.list"
	[ ! -s "$run/undo.list" ] && return
	say "$(head -n 20 -- "$run/undo.list")"
	return 1
}

# The tree itself comes last.
give_directories() {
	xargs -0 -r -n 1 sh -c '
		mode_path=${1#* } owner=${1%% *}
		mode=${mode_path%% *} path=./${mode_path#* }
		[ "$path" != ./. ] && [ -d "$path" ] || exit 0
		chown -h -- "$owner" "$path" && chmod -- "$mode" "$path"' sh <"$run/undo.dirs" &&
		chown -- "${top%% *}" . && chmod -- "${top#* }" .
}
