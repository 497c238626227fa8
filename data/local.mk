# SPDX-License-Identifier: LGPL-2.1-or-later
# Example runs, installed beside each other.
examplesdir = $(datadir)/glompo-1/examples
dist_examples_DATA = \
	%D%/alpha-pinene.ini \
	%D%/lennard-jones.ini \
	%D%/lynx-hare.ini \
	%D%/model.py \
	%D%/python.ini \
	%D%/rastrigin.ini \
	%D%/schwefel.ini \
	%D%/sir.ini
