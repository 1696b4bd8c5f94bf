#!/bin/sh
# Makes the list of known libraries anew: named packages of npm in fixed versions, each in three forms.
# Needs npm. Usage: deploy/known-libraries.sh LIST.json   (the program ships auditor/comparison/known/npm.json)
set -eu
list=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps --prefix "$work" terser@5 \
    jquery1@npm:jquery@1.12.4 jquery2@npm:jquery@2.2.4 jquery3@npm:jquery@3.7.1 bootstrap3@npm:bootstrap@3.4.1 \
    vue2@npm:vue@2.7.16 vue3@npm:vue@3.5.45 layui2@npm:layui@2.13.6
add() { # NAME VERSION SOURCE [PUBLISHED MINIFIED FILE]
    "$work/node_modules/.bin/terser" -c -m -o "$work/terser.js" -- "$work/node_modules/$3"
    set -- "$1" "$2" "$work/node_modules/$3" "$work/terser.js" ${4:+"$work/node_modules/$4"}
    name=$1 version=$2
    shift 2
    auditor fingerprint library "$name" "$version" "$@" --into "$list"
}
add jquery 1.12.4 jquery1/dist/jquery.js jquery1/dist/jquery.min.js
add jquery 2.2.4 jquery2/dist/jquery.js jquery2/dist/jquery.min.js
add jquery 3.7.1 jquery3/dist/jquery.js jquery3/dist/jquery.min.js
add bootstrap 3.4.1 bootstrap3/dist/js/bootstrap.js bootstrap3/dist/js/bootstrap.min.js
add vue 2.7.16 vue2/dist/vue.js vue2/dist/vue.min.js
add vue 3.5.45 vue3/dist/vue.global.js vue3/dist/vue.global.prod.js
add layui 2.13.6 layui2/dist/layui.js
