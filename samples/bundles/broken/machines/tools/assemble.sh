#!/bin/sh
mkdir -p $1/config $1/scripts
