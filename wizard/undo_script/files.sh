# --- paths -----------------------------------------------------------------------------------------

# enter DIRECTORY: go there. A link on the way is followed only where root made it in a directory
# that nobody else may write; whatever is swapped meanwhile is not entered.
enter() {
	cd / || return 1
	rest=${1#/} hops=0
	while [ -n "$rest" ]; do
		part=${rest%%/*}
		case $rest in
		*/*) rest=${rest#*/} ;;
		*) rest= ;;
		esac
		case $part in
		'' | .) continue ;;
		..) cd -P .. || return 1 ;;
		*) into "$part" || return 1 ;;
		esac
	done
}

into() {
	if [ -L "./$1" ]; then
		hops=$((hops + 1))
		[ "$hops" -le 40 ] && [ "$(stat -c %u -- "./$1")" = 0 ] || return 1
		case $(stat -c '%u %A' .) in
		'0 d'????-??-?) ;;
		*) return 1 ;;
		esac
		leads=$(readlink -n -- "./$1" && printf .) || return 1
		leads=${leads%.}
		case $leads in
		/*) cd / || return 1 ;;
		esac
		rest=$leads/$rest
		return 0
	fi
	there=$(stat -c %d:%i -- "./$1" 2>/dev/null) && cd -P "./$1" 2>/dev/null &&
		[ "$there" = "$(stat -c %d:%i .)" ]
}

# above PATH: enter the directory that holds it; its name there is $name.
above() {
	name=${1##*/}
	enter "${1%/*}"
}

exists() {
	[ -e "$1" ] || [ -L "$1" ]
}

# What is there: the SHA-256 of a file, or a word that is none.
digest_of() {
	if [ -L "$1" ]; then
		printf link
	elif [ -f "$1" ]; then
		sha256sum <"$1" | sed 's/ .*//'
	elif [ -e "$1" ]; then
		printf other
	else
		printf absent
	fi
}

# --- files -----------------------------------------------------------------------------------------

# undo_file STEP OPERATION PATH BEFORE WRITTEN LINKS: a file that was written. BEFORE and WRITTEN are its
# SHA-256, or `absent`; LINKS how many names it had.
undo_file() {
	begun "$1" "$2" || return 0
	say "$3: as it was"
	if ! above "$3"; then
		if [ "$4" = absent ]; then
			undone
		else
			failed "$3: there is no safe way to its directory"
		fi
		return
	fi
	rm -f -- "./.$name.stepdown-new"
	[ "$6" -le 1 ] || except "$3 had $6 links; it has its content back, and is a file alone"
	case $(digest_of "./$name") in
	"$4" | "$5" | absent) ;;
	other)
		failed "$3: something that is no file took its place; it is left as it is"
		return
		;;
	*) aside "$3" ;;
	esac
	give_back "$3" "$4" && undone
}

# What somebody has made of it since is kept.
aside() {
	kept=$run/displaced/$(printf '%s' "${1#/}" | tr '/\n' '--')-$(date +%s)
	mkdir -p "$run/displaced" && cp -a -T -- "./$name" "$kept" && sync -- "$kept" 2>/dev/null
	if [ -e "$kept" ] || [ -L "$kept" ]; then
		except "$1 was edited since; that version is kept in $kept"
	else
		except "$1 was edited since, and that version could not be kept"
	fi
}

# give_back PATH BEFORE: $name, here, becomes what it was: content, owner, mode, xattrs and time.
give_back() {
	if [ "$2" = absent ]; then
		rm -f -- "./$name" && ! exists "./$name" && return
		failed "$1 cannot be removed"
		return 1
	fi
	if [ "$(digest_of "$original$1")" != "$2" ]; then
		failed "$1: what was kept of it in $original is missing or damaged"
		return 1
	fi
	same "$1" && return
	beside=./.$name.stepdown-new
	if cp -a --remove-destination -T -- "$original$1" "$beside" && sync -- "$beside" &&
		mv -f -T -- "$beside" "./$name" && sync -- .; then
		return
	fi
	rm -f -- "$beside"
	failed "$1 cannot be written"
	return 1
}

# same PATH: whether $name, here, is like the original, time and all.
same() {
	cmp -s -- "$original$1" "./$name" &&
		[ "$(stat -c '%F %u:%g %a %y' -- "$original$1")" = "$(stat -c '%F %u:%g %a %y' -- "./$name")" ]
}

# undo_meta STEP OPERATION PATH OWNER:GROUP MODE: a file, directory or socket that changed hands.
undo_meta() {
	begun "$1" "$2" || return 0
	say "$3: $4, mode $5"
	if ! above "$3" || ! exists "./$name"; then
		except "$3 is not there any more"
		undone
	elif give "$4" "$5"; then
		undone
	else
		failed "$3: neither a directory nor a file of its own, or it cannot be changed"
	fi
}

# give OWNER:GROUP MODE: to $name, here, by way of a descriptor, so that no link can be put under
# it. With several names it could be anybody's file.
give() {
	if [ -S "./$name" ] && [ ! -L "./$name" ]; then
		give_socket "$1" "$2"
		return
	fi
	{ [ -f "./$name" ] || [ -d "./$name" ]; } && [ ! -L "./$name" ] || return 1
	{
		opened=$(stat -L -c %d:%i /proc/self/fd/3)
		case $(stat -c '%d:%i %h %F' -- "./$name") in
		"$opened 1 regular "* | "$opened "*' directory') ;;
		*) return 1 ;;
		esac
		is_now=$(stat -L -c '%u:%g 0%a' /proc/self/fd/3)
		[ "${is_now% *}" = "$1" ] && [ $((${is_now#* })) = $(($2)) ] && return
		chown -- "$1" /proc/self/fd/3 && chmod -- "$2" /proc/self/fd/3
	} 3<"./$name"
}

# A socket cannot be opened. Its owner keeps it, and its directory may be its owner's: so this is
# done with that owner's powers.
give_socket() {
	[ "$(stat -c %u -- "./$name")" = "${1%:*}" ] || return 1
	timeout -k 1 10 setpriv --reuid="${1%:*}" --regid="${1#*:}" --clear-groups -- \
		sh -c 'chgrp -h -- "$1" "$3" && chmod -- "$2" "$3"' sh "${1#*:}" "$2" "./$name" 9<&-
}

