#!/usr/bin/env bash
set -eu
test "$PWD" = /srv/life-script
read -r word
echo "$1 $word" >made
