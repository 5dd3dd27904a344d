; MEMTEST.COM: uses XMS, EMS and upper memory as programs do, and says what it saw. One line each,
; "ok" or "WRONG"; the last line is "memtest: N wrong".

	bits 16
	cpu 386
	org 0x100

PAGES		equ 40			; of EMS: more than fit into one window
BLOCK_KB	equ 200

%macro check 2				; condition that is right, text
	j%1	%%right
	mov	si, %2
	call	wrong
	jmp	%%end
%%right:
	mov	si, %2
	call	right
%%end:
%endmacro

start:
	mov	sp, stack_top
	call	find_xms
	call	try_block
	call	try_hma
	call	try_upper
	call	find_ems
	call	try_pages
	call	try_call
	call	try_region
	call	give_back
	mov	si, end_text
	call	print
	mov	al, [wrongs]
	add	al, '0'
	call	print_char
	mov	si, wrong_word
	call	print
	mov	al, [wrongs]
	mov	ah, 0x4C
	int	0x21

; --- XMS ----------------------------------------------------------------------------------

find_xms:
	mov	ax, 0x4300
	int	0x2F
	cmp	al, 0x80
	check	e, t_xms
	mov	ax, 0x4310
	int	0x2F
	mov	[xms], bx
	mov	[xms + 2], es
	push	ds
	pop	es
	mov	ah, 0
	call	far [xms]
	cmp	ax, 0x300
	check	e, t_version
	mov	ah, 0x88
	int	0x15
	or	ax, ax
	check	z, t_int15
	ret

; A pattern of 60,000 bytes goes up and comes back; the block's linear address shows it, too.
try_block:
	mov	dx, BLOCK_KB
	mov	ah, 9
	call	far [xms]
	mov	[block], dx
	dec	ax
	check	z, t_block
	call	fill
	mov	dword [move_length], 60000
	mov	word [move_from], 0
	mov	word [move_from_at], buffer
	mov	[move_from_at + 2], ds
	mov	ax, [block]
	mov	[move_to], ax
	mov	dword [move_to_at], 100000
	mov	si, move_length
	mov	ah, 0x0B
	call	far [xms]
	dec	ax
	check	z, t_up
	call	clear
	mov	ax, [block]
	mov	[move_from], ax
	mov	dword [move_from_at], 100000
	mov	word [move_to], 0
	mov	word [move_to_at], buffer
	mov	[move_to_at + 2], ds
	mov	si, move_length
	mov	ah, 0x0B
	call	far [xms]
	dec	ax
	check	z, t_down
	call	compare
	check	e, t_same
	mov	dx, [block]
	mov	ah, 0x0F
	mov	bx, BLOCK_KB * 2
	call	far [xms]
	dec	ax
	check	z, t_resize
	mov	dx, [block]
	mov	ah, 0x0A
	call	far [xms]
	dec	ax
	check	z, t_free
	ret

; FFFF:0010 is the HMA while A20 is open, and 0000:0000 while it is shut. DOS may have taken it.
try_hma:
	mov	ah, 5
	call	far [xms]
	mov	ah, 7
	call	far [xms]
	dec	ax
	check	z, t_open
	mov	ax, 0xFFFF
	mov	es, ax
	mov	eax, [es:0x14]
	xor	bx, bx
	mov	fs, bx
	cmp	eax, [fs:4]
	check	ne, t_hma
	mov	ah, 6
	call	far [xms]
	push	ds
	pop	es
	ret

; All of it may be DOS's already (DOS=UMB); then the answer must be a number of paragraphs and B0h or B1h.
try_upper:
	mov	dx, 0xFFFF
	mov	ah, 0x10
	call	far [xms]
	or	ax, ax
	check	z, t_none
	cmp	bl, 0xB1
	je	.end
	cmp	bl, 0xB0
	check	e, t_smaller
	mov	ah, 0x10
	call	far [xms]
	dec	ax
	check	z, t_upper
	mov	es, bx
	mov	[upper], bx
	mov	word [es:0], 0x1234
	cmp	word [es:0], 0x1234
	check	e, t_ram
	mov	dx, [upper]
	mov	ah, 0x11
	call	far [xms]
	dec	ax
	check	z, t_free
.end:
	push	ds
	pop	es
	ret

; --- EMS ------------------------------------------------------------------------------------

find_ems:
	mov	ax, 0x3567
	int	0x21
	mov	di, 10
	mov	si, ems_name
	mov	cx, 8
	repe	cmpsb
	check	e, t_ems
	push	ds
	pop	es
	mov	dx, ems_name
	mov	ax, 0x3D00
	int	0x21
	check	nc, t_open_ems
	mov	bx, ax
	mov	ax, 0x4400
	int	0x21
	test	dl, 0x80
	check	nz, t_device
	mov	ah, 0x3E
	int	0x21
	mov	ah, 0x42
	int	0x67
	mov	[free], bx
	mov	ah, 0x41
	int	0x67
	mov	[frame], bx
	or	ah, ah
	check	z, t_frame
	ret

; Each page gets its number; then they are all looked at, through another window.
try_pages:
	mov	ah, 0x43
	mov	bx, PAGES
	int	0x67
	mov	[handle], dx
	or	ah, ah
	check	z, t_pages
	mov	es, [frame]
	xor	bx, bx
.write:
	mov	ax, 0x4401
	mov	dx, [handle]
	int	0x67
	mov	[es:0x4000], bx
	mov	[es:0x7FFE], bx
	inc	bx
	cmp	bx, PAGES
	jb	.write
	xor	bx, bx
	xor	bp, bp
.read:
	mov	ax, 0x4403
	mov	dx, [handle]
	int	0x67
	cmp	[es:0xC000], bx
	jne	.bad
	cmp	[es:0xFFFE], bx
	je	.good
.bad:
	inc	bp
.good:
	inc	bx
	cmp	bx, PAGES
	jb	.read
	push	ds
	pop	es
	or	bp, bp
	check	z, t_all_pages
	ret

; Code in a page of EMS, by "alter page map and call"; another page is there before and after.
try_call:
	mov	ax, 0x4400
	mov	bx, 7
	mov	dx, [handle]
	int	0x67
	mov	es, [frame]
	mov	si, far_code
	xor	di, di
	mov	cx, far_code_end - far_code
	rep	movsb
	push	ds
	pop	es
	mov	ax, 0x4400
	mov	bx, 3
	int	0x67
	mov	ax, [frame]
	mov	[call_target + 2], ax
	mov	[call_new_at + 2], ds
	mov	[call_old_at + 2], ds
	xor	cx, cx
	mov	si, call_target
	mov	ax, 0x5600
	int	0x67
	cmp	cx, 0x8642
	check	e, t_call
	mov	es, [frame]
	cmp	word [es:0x3FFE], 3
	push	ds
	pop	es
	check	e, t_after
	ret
far_code:
	mov	cx, 0x8642
	retf
far_code_end:

try_region:
	call	fill
	mov	ax, [handle]
	mov	[region_to], ax
	mov	[region_from_page], ds
	mov	si, region
	mov	ax, 0x5700
	int	0x67
	or	ah, ah
	check	z, t_region
	mov	ax, 0x4402
	mov	bx, 10
	mov	dx, [handle]
	int	0x67
	mov	es, [frame]
	mov	si, buffer
	mov	di, 0x8000 + 5
	mov	cx, 10000
	repe	cmpsb
	push	ds
	pop	es
	check	e, t_same
	ret

give_back:
	mov	ah, 0x45
	mov	dx, [handle]
	int	0x67
	or	ah, ah
	check	z, t_free
	mov	ah, 0x42
	int	0x67
	cmp	bx, [free]
	check	e, t_all_free
	ret

; --- helpers ----------------------------------------------------------------------------------

fill:
	mov	di, buffer
	mov	cx, 30000
	mov	ax, 0x1357
.next:
	stosw
	add	ax, 0x2B67
	loop	.next
	ret

clear:
	mov	di, buffer
	mov	cx, 30000
	xor	ax, ax
	rep	stosw
	ret

compare:
	mov	di, buffer
	mov	cx, 30000
	mov	ax, 0x1357
.next:
	scasw
	jne	.end
	add	ax, 0x2B67
	loop	.next
	cmp	cx, 0
.end:
	ret

right:
	call	print
	mov	si, ok_word
	jmp	print
wrong:
	inc	byte [wrongs]
	push	ax
	push	bx
	call	print
	mov	si, bad_word
	call	print
	pop	bx
	pop	ax
	ret

print:
	push	ax
.next:
	lodsb
	or	al, al
	jz	.end
	call	print_char
	jmp	.next
.end:
	pop	ax
	ret
print_char:
	push	dx
	mov	dl, al
	mov	ah, 2
	int	0x21
	pop	dx
	ret

ems_name:	db "EMMXXXX0", 0
t_xms:		db "xms", 0
t_version:	db "version", 0
t_int15:	db "int 15h", 0
t_block:	db "block", 0
t_up:		db "up", 0
t_down:		db "down", 0
t_same:		db "same", 0
t_resize:	db "resize", 0
t_free:		db "free", 0
t_open:		db "a20", 0
t_hma:		db "hma", 0
t_none:		db "umb size", 0
t_smaller:	db "umb error", 0
t_upper:	db "umb", 0
t_ram:		db "umb ram", 0
t_ems:		db "ems", 0
t_open_ems:	db "ems open", 0
t_device:	db "ems device", 0
t_frame:	db "frame", 0
t_pages:	db "pages", 0
t_all_pages:	db "all pages", 0
t_call:		db "call", 0
t_after:	db "after call", 0
t_region:	db "region", 0
t_all_free:	db "all free", 0
ok_word:	db " ok  ", 0
bad_word:	db " WRONG  ", 0
end_text:	db 13, 10, "memtest: ", 0
wrong_word:	db " wrong", 13, 10, 0
wrongs:		db 0

	align 2
xms:		dd 0
block:		dw 0
upper:		dw 0
frame:		dw 0
handle:		dw 0
free:		dw 0
move_length:	dd 0
move_from:	dw 0
move_from_at:	dd 0
move_to:	dw 0
move_to_at:	dd 0

call_target:	dd 0
		db 1
call_new_at:	dw new_map, 0
		db 1
call_old_at:	dw old_map, 0
		times 8 db 0
new_map:	dw 7, 0
old_map:	dw 3, 0

region:		dd 10000
		db 0			; from conventional memory
		dw 0, buffer
region_from_page: dw 0
		db 1			; to expanded memory
region_to:	dw 0, 5, 10

buffer		equ $
stack_top	equ 0xFFF0
