; Exercises the video BIOS from a boot sector and tells port E9h (QEMU's isa-debugcon) what it
; answered: after each call AX, BX, CX, DX as words, with what ROMs may differ in left out by
; the caller. Then come the 32 KB of colour text memory twice: as they were before the modes were
; tried, and at the end. Ends QEMU through port F4h.
	bits 16
	org 7C00h
	jmp 0:start
start:	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 7C00h
	mov ax, 0200h + SECTORS
	mov bx, 7E00h
	mov cx, 2
	mov dh, 0
	int 13h
	jc $
	jmp main
	times 510 - ($ - $$) db 0
	dw 0AA55h

; %1 = AX, %2 = BX, %3 = CX, %4 = DX; DS and ES are 0 before and after.
%macro CALL10 4
	mov ax, %1
	mov bx, %2
	mov cx, %3
	mov dx, %4
	call video
%endmacro

main:	CALL10 0F00h, 0, 0, 0           ; mode
	CALL10 1200h, 0010h, 0, 0       ; configuration
	CALL10 1A00h, 0, 0, 0           ; display combination
	CALL10 0300h, 0, 0, 0           ; cursor
	CALL10 0200h, 0, 0, 0510h
	CALL10 0941h, 001Fh, 5, 0       ; five A
	CALL10 0A42h, 0, 2, 0           ; two B, attributes stay
	CALL10 0800h, 0, 0, 0           ; read
	CALL10 0601h, 2E00h, 0408h, 0A20h ; a window up
	CALL10 0702h, 4C00h, 0300h, 0C4Fh ; and one as wide as the screen down
	CALL10 0603h, 3100h, 0100h, 144Fh ; and up
	mov bp, colored
	CALL10 1303h, 0007h, 4, 104Eh   ; string with attributes, over the edge
	mov bp, plain
	CALL10 1300h, 0017h, 6, 1200h
	CALL10 0300h, 0, 0, 0
	CALL10 0200h, 0, 0, 184Ch
	mov si, 8
.type:	CALL10 0E78h, 0007h, 0, 0       ; teletype over the lower right corner
	dec si
	jnz .type
	CALL10 0300h, 0, 0, 0
	CALL10 0200h, 0100h, 0, 0203h   ; page 1
	CALL10 0958h, 0133h, 3, 0
	CALL10 0501h, 0, 0, 0
	CALL10 0E59h, 0, 0, 0
	CALL10 0F00h, 0, 0, 0
	CALL10 0500h, 0, 0, 0
	CALL10 1007h, 0006h, 0, 0       ; palette register
	CALL10 1015h, 0014h, 0, 0       ; DAC
	CALL10 1010h, 0020h, 1122h, 3F00h
	CALL10 1015h, 0020h, 0, 0
	CALL10 101Ah, 0, 0, 0           ; colour page
	CALL10 1003h, 0, 0, 0           ; bright backgrounds
	CALL10 1007h, 0010h, 0, 0
	CALL10 1003h, 1, 0, 0
	CALL10 1112h, 0, 0, 0           ; 50 rows
	CALL10 1130h, 0100h, 0, 0
	CALL10 0300h, 0, 0, 0
	; The picture is kept at 2000h:0.
	push ds
	push es
	push 0B800h
	pop ds
	push 2000h
	pop es
	xor si, si
	xor di, di
	mov cx, 4000h
	rep movsw
	pop es
	pop ds
	mov si, modes
.mode:	lodsb
	cmp al, 0FFh
	je .done
	mov ah, 0
	push si
	int 10h                         ; AL on return differs between BIOSes
	CALL10 0F00h, 0, 0, 0
	CALL10 1130h, 0100h, 0, 0
	pop si
	cmp byte [si - 1], 4
	jb .mode
	cmp byte [si - 1], 7
	je .mode
	push si
	CALL10 0C05h, 0, 13, 7          ; a dot and back
	CALL10 0D00h, 0, 13, 7
	CALL10 0C85h, 0, 13, 7          ; XOR
	CALL10 0D00h, 0, 13, 7
	pop si
	jmp .mode
.done:	mov ax, 0083h                   ; mode 3, memory kept
	int 10h
	mov bp, plain
	CALL10 1301h, 0017h, 6, 0102h
	mov ax, 2000h
	call text
	mov ax, 0B800h
	call text
	mov al, 0
	out 0F4h, al
	cli
	hlt

text:	mov ds, ax
	xor si, si
	mov cx, 8000h
	mov dx, 0E9h
.text:	lodsb
	out dx, al
	loop .text
	ret

video:	int 10h
	push ds
	push es
	pusha
	mov bp, sp
	mov al, [bp + 14]
	call .tell
	mov al, [bp + 15]
	call .tell
	mov si, 8                       ; BX, DX, CX follow each other in PUSHA's frame
.next:	mov al, [bp + si]
	call .tell
	inc si
	cmp si, 14
	jb .next
	popa
	pop es
	pop ds
	push 0
	pop ds
	push 0
	pop es
	ret
.tell:	mov dx, 0E9h
	out dx, al
	ret

modes:	db 1, 2, 3, 4, 6, 7, 0Dh, 0Eh, 0Fh, 10h, 11h, 12h, 13h, 3, 0FFh
colored: db 'P', 1Eh, 'Q', 2Eh, 'R', 3Eh, 'S', 4Eh
plain:	db 'ab', 13, 10, 'cd'
SECTORS equ ($ - $$ + 511) / 512 - 1
	times (SECTORS + 1) * 512 - ($ - $$) db 0
