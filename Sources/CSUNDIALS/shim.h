#include <sundials/sundials_config.h>
#if SUNDIALS_VERSION_MAJOR != 6
#error "Linnet is written for SUNDIALS 6 (libsundials-dev of Debian 12 and Ubuntu 24.04); another version has other calls"
#endif
#include <sundials/sundials_version.h>
#include <arkode/arkode_arkstep.h>
#include <arkode/arkode_erkstep.h>
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_spgmr.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include <sunnonlinsol/sunnonlinsol_newton.h>
