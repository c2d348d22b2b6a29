#pragma once

// libpsl, the Public Suffix List.

#include <libpsl.h>
