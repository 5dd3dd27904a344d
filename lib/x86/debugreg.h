/* The 386's debug registers (Intel 80386 Programmer's Reference Manual, "Debug Registers"; the Pentium's
 * reserved bits). */
#ifndef X86_DEBUGREG_H
#define X86_DEBUGREG_H

enum { DR_ADDRESSES = 4 };      /* DR0 to DR3 */

#define DR6_HITS 0x0000000Fu    /* B0 to B3 */
#define DR6_BD 0x00002000u      /* the next instruction reaches a debug register, and DR7.GD was set */
#define DR6_BS 0x00004000u      /* TF */
#define DR6_BT 0x00008000u
#define DR6_ONES 0xFFFF0FF0u

#define DR7_ENABLES 0x000000FFu /* L0, G0, L1, ... */
#define DR7_GD 0x00002000u
#define DR7_ONES 0x00000400u
#define DR7_ZEROS 0x0000D000u

/* For breakpoint n: DR7_ENABLE at bit 2n; from bit 16 + 4n on its kind, then its length less one. */
enum { DR7_ENABLE = 3, DR7_ENABLE_STEP = 2, DR7_KINDS = 16, DR7_KIND_STEP = 4, DR7_KIND = 3, DR7_LENGTH_SHIFT = 2 };
enum dr7_kind { DR7_CODE = 0, DR7_WRITE = 1, DR7_IO = 2, DR7_ACCESS = 3 };

#endif
