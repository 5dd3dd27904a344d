; A boot sector for the debugger's breakpoints: each round does the same known accesses, so that each
; kind of breakpoint has a known number of hits. Interrupts are off. Its code is in page 7, its data in
; page 6, its end (a loop of one instruction) in page 9, so that a breakpoint for one does not slow the
; others down.
;
;	0:7C40 where it begins, its data being zero
;	0:6000 rounds done  0:6004 checksum of its own code  0:6008 what it read from ports
	bits 16
	org 0x7c00

rounds	equ 100
count	equ 0x6000
sum	equ 0x6004
ports	equ 0x6008
single	equ 0x6100
pair	equ 0x6101			; a word that is not aligned
quad	equ 0x6103			; read only
source	equ 0x6200
target	equ 0x6300
real	equ 0x6400			; of the coprocessor
chunk	equ 16
end	equ 0x9000
floating equ 0xe0			; ports that nobody answers

start:	cli
	cld
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x5f00
	mov di, count
	mov cx, 0x500
	rep stosb
	mov word [0x60 * 4], service
	mov word [0x60 * 4 + 2], ax
	mov word [end], 0xfeeb		; jmp $
	xor ebx, ebx
	xor edx, edx
	xor ebp, ebp
	jmp begin
	times 0x40 - ($ - $$) nop
begin:	fninit
	fld1
	mov cx, rounds
round:	push cx
	mov al, cl
	mov [single], al
	mov [pair], cx
	mov eax, [quad]
	mov si, source
	mov di, target
	mov cx, chunk
copy:	rep movsb
real_op: fst dword [real]
	mov al, 0x5a
port:	out floating + 1, al
	in ax, floating + 2
	add [ports], ax
	mov dx, floating + 4
	out dx, ax
	mov ax, 0x1234
call60:	int 0x60
	call work
	pop cx
	inc dword [count]
	loop round
	call check
	jmp 0:end

work:	inc word [single + 0x40]
	ret

service:
	iret

; Its own code, byte by byte.
check:	mov si, start
	mov cx, 512
	xor bx, bx
.byte:	lodsb
	xor ah, ah
	add bx, ax
	loop .byte
	mov [sum], bx
	ret

	times 510 - ($ - $$) db 0
	dw 0xaa55
