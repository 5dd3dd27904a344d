; probe portfloat: ports where a plain PC has nothing read as ones, and swallow what is written.

%include "probe/probe.inc"

probe:
	check	"bytes"
	mov	si, ports
	mov	cx, PORTS
.byte:
	lodsw
	mov	dx, ax
	mov	al, 0x5A
	out	dx, al
	in	al, dx
	mov	ah, 0
	note	ax
	loop	.byte
	mov	ax, 0
	mov	dx, 0
	mov	si, 0
	done	0

	check	"words"
	mov	dx, 0x300
	mov	ax, 0x1234
	out	dx, ax
	in	ax, dx
	mov	dx, 0
	done	0

	check	"dwords"
	mov	dx, 0x300
	mov	eax, 0x12345678
	out	dx, eax
	in	eax, dx
	mov	dx, 0
	done	0

	check	"strings"
	mov	dx, 0x300
	mov	di, 0x5000
	mov	cx, 3
	rep insw
	mov	si, 0x5000
	mov	cx, 3
	rep outsw
	mov	eax, [0x5002]
	mov	dx, 0
	done	0

	check	"immediate"
	in	al, 0xE0
	in	ax, 0xE2
	done	0
	ret

ports:	dw	0x0E0, 0x0E7, 0x100, 0x140, 0x180, 0x210, 0x240, 0x2C0, 0x300, 0x31F
	dw	0x320, 0x340, 0x360, 0x1E0, 0x2A0
PORTS	equ ($ - ports) / 2

%include "lib/end.inc"
