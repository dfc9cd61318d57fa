#!/bin/sh
# What a user's own script might do.
echo "installed by the user" >/var/lib/user-script
