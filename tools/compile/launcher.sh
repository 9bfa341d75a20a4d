#!/bin/sh
# A self-extracting executable: this script, then two compressed archives. It unpacks the runtime
# and the program once per user, checks both at every start, and becomes the runtime (exec), so
# that signals, exit status, standard input and the terminal are the program's own.
# Needs: a POSIX shell; at the first start also tar, sha256sum and what `decompress` names.

name=@NAME@
runtime=@RUNTIME@
runtime_offset=@RUNTIME_OFFSET@ runtime_length=@RUNTIME_LENGTH@ runtime_sum=@RUNTIME_SUM@
program=@PROGRAM@
program_offset=@PROGRAM_OFFSET@ program_length=@PROGRAM_LENGTH@ program_sum=@PROGRAM_SUM@
decompress=@DECOMPRESS@
newline='
'
case $0 in /*) self=$0 ;; *) self=$PWD/$0 ;; esac

list_files() { # sets `files` to every file's name below the cache folder
  p=$program
  files="$runtime/@RUNTIME_FILE@ @PROGRAM_FILES@"
}

expect() { # what `stat` says of those files when they are as they were unpacked; $1: the user
  u=$1
  runtime_facts="@RUNTIME_FACTS@"
  program_facts="@PROGRAM_FACTS@"
}

# Looks at the cache folder $1. Sets `folder` to its real path, `trouble` to why somebody else
# could change what is in it (empty: nobody can), and `missing` to the parts that aren't there or
# aren't what they were.
inspect() {
  trouble='' missing='runtime program' folder=$1
  if [ -L "$1" ]; then trouble='is a symbolic link'
  elif [ ! -d "$1" ]; then trouble='is no folder'
  elif [ ! -O "$1" ]; then trouble='belongs to another user'
  fi
  [ -z "$trouble" ] || return 0
  list_files
  facts=$(
    cd -P -- "$1" 2>/dev/null || exit
    levels=. up=..
    rest=${PWD%/*}
    while [ -n "$rest" ]; do
      levels="$levels $up"
      up=$up/..
      rest=${rest%/*}
    done
    printf '%s\n' "$PWD"
    # Unquoted to be split: these names hold neither spaces nor wildcards.
    exec stat -c '%u:%f:%s:%Y' -- $levels "$up" $files 2>/dev/null
  )
  [ -n "$facts" ] || { trouble='cannot be looked into'; return 0; }
  folder=${facts%%"$newline"*} rest=${facts#*"$newline"}
  me=${rest%%:*} level=$folder
  while :; do
    line=${rest%%"$newline"*}
    distrust "$level" "${line%%:*}" "${line#*:}"
    case $rest in *"$newline"*) rest=${rest#*"$newline"} ;; *) rest='' ;; esac
    [ -z "$trouble" ] && [ "$level" != / ] || break
    level=${level%/*}
    level=${level:-/}
  done
  expect "$me"
  case $rest in
    "$runtime_facts$newline$program_facts") missing='' ;;
    "$runtime_facts"*) missing=program ;;
    "$program_facts") missing=runtime ;;
  esac
}

# Sets `trouble` when somebody else may change the names in folder $1 (owner $2, mode $3).
distrust() {
  mode=${3%%:*}
  mode=$((0x${mode:-0}))
  if [ "$1" = "$folder" ]; then
    [ $((mode & 0077)) -eq 0 ] || trouble='is open to other users (chmod 700 closes it)'
  elif [ "$2" != "$me" ] && [ "$2" != 0 ]; then
    trouble="lies below $1, which belongs to another user"
  elif [ $((mode & 01000)) -ne 0 ]; then
    : # sticky, as /tmp: nobody can rename what isn't theirs
  elif [ $((mode & 0002)) -ne 0 ] || { [ $((mode & 0020)) -ne 0 ] && [ "$2" != "$me" ]; }; then
    trouble="lies below $1, where other users may rename it"
  fi
}

prepare() ( # makes the cache folder $1 and those above it; says on standard output why it can't
  umask 077
  there=$1
  while [ ! -d "${there:-/}" ]; do there=${there%/*}; done
  # As root in somebody's home (sudo): what root makes there would be in that user's way.
  if [ "$there" != "$1" ] && [ ! -O "${there:-/}" ] && [ ! -k "${there:-/}" ]; then
    echo "would lie below ${there:-/}, which belongs to another user"
    exit 1
  fi
  [ -d "${1%/*}" ] || mkdir -p -- "${1%/*}" 2>&1 || exit
  [ -d "$1" ] || mkdir -- "$1" 2>&1 || [ -d "$1" ]
)

payload() { tail -c "+$1" -- "$self" | head -c "$2"; }

# Unpacks $1 (runtime or program; place $2, bytes at $3, $4 of them, SHA-256 $5) into the cache
# folder. It appears there complete, by a rename. Says on standard output why it can't.
unpack() (
  umask 077
  cd -P -- "$folder" || exit
  # What a first start left that was killed.
  find . -maxdepth 1 -name '.new.*' -mmin +60 -exec rm -rf -- {} + 2>/dev/null
  new=$(mktemp -d ./.new.XXXXXXXX) || exit
  trap 'rm -rf -- "$new"' EXIT
  trap 'exit 1' HUP INT PIPE TERM # PIPE: whoever asked may be gone
  sum=$(payload "$3" "$4" | sha256sum) || exit
  [ "${sum%% *}" = "$5" ] || { echo "\"$self\" is damaged: get it again"; exit 1; }
  fresh=$new/${2##*/}
  mkdir "$fresh" || exit
  payload "$3" "$4" | $decompress | tar -xof - -C "$fresh" || { echo 'unpack: is the disk full?'; exit 1; }
  if [ "$1" = runtime ] && ! "$fresh/@RUNTIME_FILE@" --version >/dev/null 2>&1; then
    echo 'programs do not run there (mounted noexec?), or this is not the system it was made for'
    exit 1
  fi
  mkdir -p "${2%/*}" || exit
  mv -- "$fresh" "${2%/*}/" 2>/dev/null && exit
  # There is one already: of another first start that was quicker, or a damaged one.
  inspect "$folder"
  case $missing in *"$1"*) ;; *) exit 0 ;; esac
  mv -- "$2" "$new/old" || exit
  mv -- "$fresh" "${2%/*}/" 2>/dev/null || [ -d "$2" ] || exit
) 2>&1

# Unpacks what is missing in the cache folder $1; false, with `reasons`, when it can't.
install() {
  reason=$(prepare "$1") || { reasons="$reasons$newline  $1: $reason"; return 1; }
  inspect "$1"
  for part in $missing; do
    [ -z "$trouble" ] || break
    case $part in
      runtime)
        trouble=$(unpack runtime "$runtime" "$runtime_offset" "$runtime_length" "$runtime_sum") ;;
      program)
        trouble=$(unpack program "$program" "$program_offset" "$program_length" "$program_sum") ;;
    esac
  done
  [ -n "$trouble" ] || inspect "$1"
  [ -n "$trouble" ] || [ -z "$missing" ] || trouble="the $missing is not what was unpacked"
  [ -n "$trouble" ] || return 0
  reasons="$reasons$newline  $1: $trouble"
  return 1
}

start() {
  export DENO_DIR="$folder/deno" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
  program=$folder/$program
  exec "$folder/$runtime/@RUNTIME_FILE@" run -q --no-prompt -P=@PERMISSIONS@ \
    --config "$program/deno.json" --no-remote --no-npm @RUN_FLAGS@ "$program/@ENTRY@" "$@"
}

is_ready() { inspect "$1" && [ -z "$trouble$missing" ]; }

home=
case ${XDG_CACHE_HOME-} in
  /*) home=$XDG_CACHE_HOME/orbit ;;
  *) case ${HOME-} in /*) home=${HOME%/}/.cache/orbit ;; esac ;;
esac
[ -n "$home" ] && is_ready "$home" && start "$@"
case ${TMPDIR-} in /*) spare=${TMPDIR%/} ;; *) spare=/tmp ;; esac
spare=$spare/orbit-$(id -u)
is_ready "$spare" && start "$@"
reasons=
[ -n "$home" ] && install "$home" && start "$@"
install "$spare" && start "$@"
printf '%s\n' "$name: find a folder to unpack the program into: none will do$reasons" \
  "$name: set XDG_CACHE_HOME to a folder of your own where programs may run" >&2
exit 126
