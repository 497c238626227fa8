# SPDX-License-Identifier: LGPL-2.1-or-later
# Example runs, installed beside each other.
examplesdir = $(datadir)/glompo-1/examples
dist_examples_DATA = \
	%D%/alpha-pinene.ini \
	%D%/command.ini \
	%D%/function.ini \
	%D%/furs.c \
	%D%/furs.inp.in \
	%D%/furs.py \
	%D%/lennard-jones.ini \
	%D%/lynx-hare.ini \
	%D%/model.py \
	%D%/python.ini \
	%D%/rastrigin.ini \
	%D%/schwefel.ini \
	%D%/server.ini \
	%D%/sir.ini

dist_examples_SCRIPTS = %D%/furs.sh

dist_man_MANS = \
	%D%/man/glompo-ctl.1 \
	%D%/man/glompo-hunt.1 \
	%D%/man/glompo-inspect.1 \
	%D%/man/glompo-journal.5 \
	%D%/man/glompo-log.1 \
	%D%/man/glompo-plugin.7 \
	%D%/man/glompo-run.1 \
	%D%/man/glompo.ini.5

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = \
	%D%/completion/glompo-ctl \
	%D%/completion/glompo-hunt \
	%D%/completion/glompo-inspect \
	%D%/completion/glompo-log \
	%D%/completion/glompo-run
