# sq-console at TAB in bash 4.4 or newer. In ~/.bashrc: eval "$(sq-console completion bash)"
_sq_console() {
  local line=${COMP_LINE:0:COMP_POINT} words=() found=() blank word index
  local program=${BASH_ALIASES[$1]:-$1} IFS=$' \t\n'
  # Bash splits words at = and : too; here they are put together as they stand in the line.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    blank=${line%%[![:blank:]]*}
    line=${line#"$blank"}
    word=${COMP_WORDS[index]}
    ((index < COMP_CWORD)) || word=$line
    line=${line#"$word"}
    if [[ $blank || $index -eq 0 ]]; then words+=("$word"); else words[-1]+=$word; fi
  done
  mapfile -t found < <(
    ${program/#\~/$HOME} complete-words bash --replaced="$2" -- "${words[@]:1}" \
      </dev/null 2>/dev/null
  )
  COMPREPLY=("${found[@]:1}")
  [[ ${found[0]-} != files ]] || compopt -o filenames
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:=/] ]] || return 0
  compopt -o nospace
  # A quote that is open would be closed after the only value; not so of two.
  [[ ${words[-1]} != [\"\']* ]] || COMPREPLY+=("${COMPREPLY[0]}...")
}
complete -F _sq_console sq-console
