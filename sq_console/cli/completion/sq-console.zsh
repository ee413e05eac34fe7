#compdef sq-console
# sq-console at TAB in zsh. In ~/.zshrc, after compinit: eval "$(sq-console completion zsh)"
_sq_console() {
  local -a found closed open here
  local each program=${(Q)words[1]}
  found=("${(@f)$(${~program} complete-words zsh -- "${(@Q)words[2,CURRENT-1]}" \
    "${(Q)PREFIX}" </dev/null 2>/dev/null)}")
  for each in $found; do
    case $each in
      /ini-here) here=(*.ini(-.N)); compadd -f -a here ;;
      /ini) compset -P '--*='; _files -g '*.ini(-.)' ;;
      /file) compset -P '--*='; _files ;;
      /dir) compset -P '--*='; _files -/ ;;
      *[:=]:*) open+=("$each") ;;
      *) closed+=("$each") ;;
    esac
  done
  (( ! $#closed )) || _describe -V sq-console closed
  (( ! $#open )) || _describe -V sq-console open -S ''
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _sq_console "$@"; else compdef _sq_console sq-console; fi
